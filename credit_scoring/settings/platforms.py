"""Hosting platforms, recognised by an environment variable that each of them sets."""

from collections.abc import Mapping

HUGGING_FACE = "Hugging Face Spaces"
PLATFORMS = {  # Kubernetes last: other platforms run on it and may set its variable, too
    "AWS_EXECUTION_ENV": "AWS",
    "CONTAINER_APP_NAME": "Azure Container Apps",
    "DYNO": "Heroku",
    "ECS_CONTAINER_METADATA_URI_V4": "AWS ECS",
    "FLY_APP_NAME": "Fly.io",
    "GAE_SERVICE": "Google App Engine",
    "KOYEB_APP_NAME": "Koyeb",
    "K_SERVICE": "Google Cloud Run",
    "PLATFORM_APPLICATION_NAME": "Upsun",
    "RAILWAY_ENVIRONMENT_NAME": "Railway",
    "RENDER": "Render",
    "SPACE_ID": HUGGING_FACE,
    "VCAP_APPLICATION": "Cloud Foundry",
    "WEBSITE_SITE_NAME": "Azure App Service",
    "KUBERNETES_SERVICE_HOST": "Kubernetes",
}
# Nothing that is written there outlives a restart, whatever is mounted.
WITHOUT_PERSISTENT_DISKS = ("Heroku", "Google App Engine")


def hosting_platform(environ: Mapping[str, str]) -> str | None:
    """The name of the platform whose variable is in `environ`; None if there is none."""
    return next((name for variable, name in PLATFORMS.items() if environ.get(variable)), None)
