"""`python model.py rollback`."""

from credit_scoring.commands.open_deployer import WHO, Reason, open_deployer, print_deployment


def rollback(reason: Reason) -> None:
    """Deploy the version that the present one replaced, from the model store, without network."""
    from credit_scoring.progress import Progress

    with open_deployer() as deployer, Progress().step("Verifying the version before"):
        deployment = deployer.rollback(who=WHO, why=reason)
    print_deployment(deployment)
