"""What a web server takes for a request: waitress's parser, held to its own way of refusing."""

from __future__ import annotations

from waitress.parser import HTTPRequestParser, ParsingError


class RequestParser(HTTPRequestParser):  # type: ignore[misc]
    """Everything that is no request is answered with status 400."""

    path: str

    def parse_header(self, header_plus: bytes) -> None:
        """Raises ParsingError.

        Python's own refusals (a host like ``http://[``, a length of 5,000 digits) would else end
        in waitress's log, with the client's address, and without an answer.
        """
        try:
            super().parse_header(header_plus)
        except ValueError as exc:
            raise ParsingError("Bad request") from exc
        # Of an address without a path it is "/" (RFC 9110, 4.2.3); an app would redirect to the
        # host that was asked for, which may be anybody's.
        self.path = self.path or "/"
