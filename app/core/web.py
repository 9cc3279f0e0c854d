"""What every web request has: a request id, error pages that help, and words for htmx."""

import secrets
from typing import Any

import structlog
from flask import Flask, Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.core.errors import BadInput, ProofsheetError, TooMany

log = structlog.get_logger()

ADVICE = {
    400: "The request could not be understood. Go back, reload the page and try again.",
    403: "Your role in this workspace does not allow this. Ask an owner to change it.",
    404: "There is nothing at this address, or it belongs to another workspace.",
    405: "This address does not answer to that kind of request.",
    413: "What was sent is larger than this server accepts.",
    500: "Something went wrong on our side. It has been logged; try again, and give the request id if it stays.",
    503: "A service that is needed here does not answer. Try again in a moment.",
}


def htmx_request() -> bool:
    """Whether htmx asks for a fragment."""
    return request.headers.get("HX-Request") == "true"


def init_web(app: Flask) -> None:
    app.before_request(_name_request)
    app.after_request(_show_request_id)
    app.register_error_handler(ProofsheetError, _own_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _name_request() -> None:
    g.request_id = secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _show_request_id(response: Response) -> Response:
    if "request_id" in g:
        response.headers["X-Request-Id"] = g.request_id
    return response


def _own_error(error: ProofsheetError) -> ResponseReturnValue:
    problems = error.problems if isinstance(error, BadInput) else [error.message]
    response = error_response(error.status_code, problems)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    says_more = error.description and error.description != type(error).description
    return error_response(error.code, [str(error.description) if says_more else ADVICE.get(error.code, str(error))])


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("request_failed", path=request.path, error_type=type(error).__name__, exc_info=error)
    return error_response(500, [ADVICE[500]])


def error_response(status: int, problems: list[str]) -> Response:
    """The error as a page, or as a fragment for htmx, or as JSON for machines."""
    request_id = g.get("request_id", "")
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return make_response({"status": status, "problems": problems, "request_id": request_id}, status)
    template = "errors/_error.html" if htmx_request() else "errors/error.html"
    body: Any = render_template(template, status=status, problems=problems, request_id=request_id)
    return make_response(body, status)
