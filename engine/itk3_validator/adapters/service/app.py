"""
The paths of the service.
"""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from itk3_validator import CallInvalid, Limits, __version__, did_you_mean
from itk3_validator.adapters.clock import now
from itk3_validator.adapters.service.accept import NAMES, named, negotiated
from itk3_validator.adapters.service.gate import Gate
from itk3_validator.adapters.service.guard import REQUEST_ID, TOLD, refusal_of
from itk3_validator.adapters.service.intake import Intake
from itk3_validator.adapters.service.judging import Task
from itk3_validator.adapters.service.models import (
    Health,
    Packs,
    RefusedModel,
    Requirement,
    Rules,
    pack_model,
    requirement_model,
    rules_model,
)
from itk3_validator.adapters.service.openapi import problem, validate_body, validate_responses, with_openapi
from itk3_validator.adapters.service.problem import MEDIA_TYPE, Problem, mistake
from itk3_validator.adapters.service.serving import Serving
from itk3_validator.adapters.service.watch import METRICS_TYPE, Events

_PARAMETERS: Final = ("format", "fact", "interaction", "pack")
_TELEMETRY: Final[Any] = dict.fromkeys(("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False)


def make_app(serving: Serving, gate: Gate, events: Events, limits: Limits, *, read_time: float, token: bool) -> FastAPI:
    """
    The application, without its guard.
    """
    # It would send traces to wherever the environment says.
    app = FastAPI(
        title="itk3-validator",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_TELEMETRY,
    )
    _add_refusals(app)
    _add_validate(app, Intake(serving, gate, events, limits, read_time))
    _add_packs(app, serving)
    _add_health(app, serving)

    @app.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        """
        Metrics for Prometheus.
        """
        return Response(events.exposition(able=serving.is_able), headers={"content-type": METRICS_TYPE})

    with_openapi(app, token=token)
    return app


def _add_refusals(app: FastAPI) -> None:
    def refused(request: Request, error: Any) -> Response:
        return _refusal(request, error)

    def unserved(request: Request, error: Any) -> Response:
        return _refusal(request, refusal_of(error), dict(error.headers or {}))

    def wrong(request: Request, _error: Any) -> Response:
        # What FastAPI says of it repeats what was sent.
        return _refusal(request, Problem(400, "call", "a parameter is wrong; /openapi.json tells what there is"))

    def failed(request: Request, _error: Any) -> Response:
        # It is raised once more behind this, and the guard logs it.
        return _refusal(request, mistake())

    app.add_exception_handler(Exception, failed)
    app.add_exception_handler(Problem, refused)
    app.add_exception_handler(HTTPException, unserved)
    app.add_exception_handler(RequestValidationError, wrong)


def _refusal(request: Request, refused: Problem, headers: dict[str, str] | None = None) -> Response:
    request.scope[TOLD]["refused"] = refused.reason
    body = refused.body(request.scope[REQUEST_ID])
    return Response(body, refused.status, {"content-type": MEDIA_TYPE, **refused.headers, **(headers or {})})


def _add_validate(app: FastAPI, intake: Intake) -> None:
    @app.post("/validate", response_class=Response, responses=validate_responses(), openapi_extra=validate_body())
    async def validate(
        request: Request,
        format: Annotated[  # noqa: A002  # the name of the parameter
            str | None, Query(description="The format; goes before Accept.", json_schema_extra={"enum": list(NAMES)})
        ] = None,
        fact: Annotated[
            list[str] | None, Query(description="What no message can say.", examples=["recipient=primary"])
        ] = None,
        interaction: Annotated[str | None, Query(description="The kind of message, if the caller knows.")] = None,
        pack: Annotated[str | None, Query(description="Judge by this pack alone, one of /packs.")] = None,
    ) -> Response:
        """
        Judge one message.
        """
        for name in request.query_params:
            if name not in _PARAMETERS:
                raise Problem(400, "call", f"a parameter was unexpected; {did_you_mean(name, _PARAMETERS)}")
            # Of two, a proxy may read the first and the framework the last.
            if name != "fact" and len(request.query_params.getlist(name)) > 1:
                raise Problem(400, "call", f"the parameter {name} is given more than once")
        kind = _format(format, request)
        limit = intake.limit_of(request)
        with_facts = tuple(fact or ())
        task = Task("", b"", "", kind, with_facts, interaction, pack, uuid4(), now())
        return await intake.answer(request, task, limit)


def _format(name: str | None, request: Request) -> str:
    if name is not None:
        try:
            return named(name)
        except CallInvalid as error:
            raise Problem(400, "call", str(error)) from None
    found = negotiated(", ".join(request.headers.getlist("accept")))
    if found is None:
        raise Problem(406, "accept", f"no format fits Accept; format= takes {', '.join(NAMES)}")
    return found


def _add_packs(app: FastAPI, serving: Serving) -> None:
    @app.get("/packs")
    async def packs() -> Packs:
        """
        The packs that serve, and whether a newer version was refused.
        """
        current, refused = serving.current, serving.refused
        return Packs(
            version=current.number,
            since=current.since,
            packs=[pack_model(each) for each in current.packs],
            refused=None if refused is None else RefusedModel(at=refused.at, problems=list(refused.problems)),
        )

    @app.get("/packs/{id}/rules", responses={404: problem("No such pack is served.")})
    async def rules(id: str) -> Rules:
        """
        The requirements of one pack, with all that it inherits.
        """
        served = {pack.name: pack for pack in serving.current.packs}
        if id not in served:
            raise Problem(404, "unknown", f"no pack of that name is served; {did_you_mean(id, served)}")
        return rules_model(served[id])

    @app.get("/requirements/{id:path}", responses={404: problem("No pack knows the requirement.")})
    async def requirement(id: str) -> Requirement:
        """
        One requirement, in every pack that knows it.
        """
        found = requirement_model(id, serving.current.packs)
        if not found.found:
            known = {each.id for pack in serving.current.packs for each in rules_model(pack).rules}
            raise Problem(404, "unknown", f"no pack knows this requirement; {did_you_mean(id, known)}")
        return found


def _add_health(app: FastAPI, serving: Serving) -> None:
    # Monitors often ask with HEAD, which FastAPI does not answer by itself.
    @app.head("/health/live", include_in_schema=False)
    @app.get("/health/live")
    async def live() -> Health:
        """
        The service runs.
        """
        return Health(status="live")

    @app.head("/health/ready", include_in_schema=False)
    @app.get("/health/ready", responses={503: {"model": Health, "description": "It cannot judge now."}})
    async def ready(response: Response) -> Health:
        """
        Messages can be judged.
        """
        if serving.is_able:
            return Health(status="ready")
        response.status_code = 503
        return Health(status="not ready")
