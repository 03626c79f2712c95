"""Answers that don't tell strangers what program, in which version, gives them."""

from __future__ import annotations

from aiohttp import hdrs, web

_SENTENCES = {
    400: "This is no HTTP request, or one with lines that are too long.",
    504: "The answer took too long. Try again.",
}
_FAILED = "The gateway failed at this request. Its log says where."


async def nameless(_: web.BaseRequest, response: web.StreamResponse) -> None:
    """Take `Server` out of an answer; for `on_response_prepare` of an application."""
    response.headers.popall(hdrs.SERVER, None)


class Refusal(web.Response):
    """What is answered where no application is reached; the connection ends with it.

    Args:
        status: 400 and above.
    """

    def __init__(self, status: int) -> None:
        sentence = _SENTENCES.get(status, _FAILED)
        super().__init__(
            status=status, text=f'{{"error": "{sentence}"}}', content_type="application/json"
        )
        self.force_close()

    async def _prepare_headers(self) -> None:
        # No signal of an application is sent for these.
        await super()._prepare_headers()
        self.headers.popall(hdrs.SERVER, None)
