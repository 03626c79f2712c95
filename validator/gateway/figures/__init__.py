"""What people and monitoring see: live counts, metrics, readiness.

Only reads; nothing here changes the store. The API shows it.
"""
