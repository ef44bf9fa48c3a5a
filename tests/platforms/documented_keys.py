"""The keys and values that the platforms document, as JSON Schema, as far as our files use them.

Heroku: "app.json Schema" and "Heroku CI" in its Dev Center. Render: "Blueprint YAML Reference".
Fly.io: "App configuration (fly.toml)". A key that is not listed here is refused: most platforms
ignore a misspelled key without a word.
"""

TEXT = {"type": "string", "minLength": 1}
SWITCH = {"type": "boolean"}
COUNT = {"type": "integer", "minimum": 1}
DURATION = {"type": "string", "pattern": "^[0-9]+(ms|s|m)$"}
VARIABLE = {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$"}
PATH = {"type": "string", "pattern": "^/"}


def table(*required, **keys):
    """An object that has no other keys."""
    return {
        "type": "object",
        "properties": keys,
        "required": list(required),
        "additionalProperties": False,
    }


def list_of(schema):
    return {"type": "array", "items": schema}


def by_name(schema):
    return {"type": "object", "propertyNames": VARIABLE, "additionalProperties": schema}


HEROKU_FORMATION = {
    "type": "object",
    "additionalProperties": table(
        "quantity",
        quantity=COUNT,
        size={"enum": ["eco", "basic", "standard-1x", "standard-2x", "performance-m"]},
    ),
}
HEROKU_ADDONS = list_of(table("plan", plan=TEXT, **{"as": VARIABLE}, options={"type": "object"}))
HEROKU_VARIABLES = by_name(
    {
        **table(
            "description",
            description=TEXT,
            value={"type": "string"},
            required=SWITCH,
            generator={"const": "secret"},
        ),
        "not": {"required": ["value", "generator"]},
    }
)
APP_JSON = table(
    "name",
    name={"type": "string", "minLength": 3, "maxLength": 30},
    description={"type": "string", "maxLength": 140},
    keywords=list_of(TEXT),
    website=TEXT,
    repository=TEXT,
    logo=TEXT,
    success_url=TEXT,
    stack={"enum": ["heroku-22", "heroku-24"]},
    buildpacks=list_of(table("url", url=TEXT)),
    formation=HEROKU_FORMATION,
    addons=HEROKU_ADDONS,
    env=HEROKU_VARIABLES,
    scripts=table(postdeploy=TEXT, **{"pr-predestroy": TEXT}),
    environments=table(
        test=table(
            addons=HEROKU_ADDONS,
            env=HEROKU_VARIABLES,
            formation=HEROKU_FORMATION,
            scripts=table(test=TEXT, **{"test-setup": TEXT}),
        )
    ),
)

RENDER_REGION = {"enum": ["oregon", "ohio", "virginia", "frankfurt", "singapore"]}
RENDER_VARIABLE = {
    **table(
        "key",
        key=VARIABLE,
        value=TEXT,  # a number without quotation marks would be refused
        generateValue={"const": True},
        sync={"const": False},
        fromDatabase=table("name", "property", name=TEXT, property={"const": "connectionString"}),
    ),
    "minProperties": 2,
    "maxProperties": 2,
}
RENDER_YAML = table(
    "services",
    "databases",
    services=list_of(
        table(
            "type",
            "name",
            "runtime",
            "buildCommand",
            "startCommand",
            type={"const": "web"},
            name=TEXT,
            runtime={"const": "python"},
            plan={"enum": ["starter", "standard", "pro", "pro plus"]},
            region=RENDER_REGION,
            branch=TEXT,
            buildCommand=TEXT,
            preDeployCommand=TEXT,
            startCommand=TEXT,
            healthCheckPath=PATH,
            autoDeployTrigger={"enum": ["commit", "checksPass", "off"]},
            maxShutdownDelaySeconds={"type": "integer", "minimum": 1, "maximum": 300},
            disk=table("name", "mountPath", name=TEXT, mountPath=PATH, sizeGB=COUNT),
            envVars=list_of(RENDER_VARIABLE),
        )
    ),
    databases=list_of(
        table(
            "name",
            name=TEXT,
            plan={"enum": ["basic-256mb", "basic-1gb", "basic-4gb"]},
            region=RENDER_REGION,
            databaseName=TEXT,
            user=TEXT,
            diskSizeGB=COUNT,
            postgresMajorVersion={"enum": ["14", "15", "16", "17", "18"]},
            ipAllowList=list_of(table("source", source=TEXT, description=TEXT)),
        )
    ),
)

FLY_TOML = table(
    "app",
    "http_service",
    app={"type": "string", "pattern": "^[a-z0-9-]+$"},
    primary_region={"type": "string", "pattern": "^[a-z]{3}$"},
    kill_signal={"enum": ["SIGINT", "SIGTERM", "SIGQUIT", "SIGUSR1", "SIGUSR2"]},
    kill_timeout=DURATION,
    build=table(dockerfile=TEXT, args=by_name(TEXT)),
    deploy=table(
        release_command=TEXT,
        release_command_timeout=DURATION,
        strategy={"enum": ["canary", "rolling", "bluegreen", "immediate"]},
    ),
    env=by_name(TEXT),
    http_service=table(
        "internal_port",
        internal_port=COUNT,
        force_https=SWITCH,
        auto_stop_machines={"enum": [False, True, "off", "stop", "suspend"]},
        auto_start_machines=SWITCH,
        min_machines_running={"type": "integer", "minimum": 0},
        concurrency=table(
            type={"enum": ["connections", "requests"]}, soft_limit=COUNT, hard_limit=COUNT
        ),
        checks=list_of(
            table(
                "path",
                method={"enum": ["GET", "HEAD"]},
                path=PATH,
                interval=DURATION,
                timeout=DURATION,
                grace_period=DURATION,
            )
        ),
    ),
    mounts=list_of(
        table("source", "destination", source=TEXT, destination=PATH, initial_size=TEXT)
    ),
    vm=list_of(table(size=TEXT, memory=TEXT, cpus=COUNT, cpu_kind=TEXT)),
)
