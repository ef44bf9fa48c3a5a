"""`python model.py rollback`."""

from credit_scoring.commands.open_deployer import WHO, Reason, open_deployer, print_deployment


def rollback(reason: Reason) -> None:
    """Deploy the version before the one in use, from the model store: no network is needed."""
    with open_deployer() as deployer:
        deployment = deployer.rollback(who=WHO, why=reason)
    print_deployment(deployment)
