"""The box office over HTTP: routes by resource, who may call them, and how things look as JSON.

Handlers read, ask the office, and answer. Nothing outside mounts it but the gateway's
composition.
"""
