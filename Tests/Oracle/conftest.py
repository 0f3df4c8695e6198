"""Shared fixtures: one project, gateway and oracle per configuration and test session."""

import pytest
from gateway import Gateway, Project
from oracle import Catalog, Oracle
from postgres import Cluster, PostgresProject


@pytest.fixture(scope="session")
def projects(tmp_path_factory):
    """Configuration name to a project of its own directory, built once."""
    built = {}

    def project(name):
        if name not in built:
            built[name] = Project(name, tmp_path_factory.mktemp(name))
        return built[name]

    return project


@pytest.fixture(scope="session")
def oracles(projects):
    built = {}

    def oracle(name):
        if name not in built:
            project = projects(name)
            built[name] = Oracle(Catalog(project.config, project.database))
        return built[name]

    return oracle


@pytest.fixture(scope="session")
def gateways(projects):
    running = {}

    def gateway(name):
        if name not in running:
            running[name] = Gateway(projects(name))
        assert running[name].is_alive, f"the gateway died:\n{running[name].output()}"
        return running[name]

    yield gateway
    for process in running.values():
        assert process.stop() == 0, process.output()


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL server that stays; what stops or slows one starts its own."""
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture(scope="session")
def project_over(request):
    """A project by the kind of its database, its name, and the folder it is to be in."""

    def project(database, name, directory):
        if database == "sqlite":
            return Project(name, directory)
        return PostgresProject(name, directory, request.getfixturevalue("cluster"))

    return project


@pytest.fixture
def fresh_project(tmp_path):
    """A project nobody else uses, for tests that spoil it."""
    return Project("spaceflight", tmp_path / "spaceflight")
