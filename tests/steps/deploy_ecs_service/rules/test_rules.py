from ecsportal.steps.deploy_ecs_service.inputs import read_inputs
from ecsportal.steps.deploy_ecs_service.rules import check_rules
from ecsportal.steps.problems import Problem
from tests.steps.deploy_ecs_service.rules.found import found
from tests.steps.deploy_ecs_service.samples import container, document


def test_a_document_that_breaks_nothing_has_no_problem() -> None:
    assert found(document()) == []


def test_bound_fields_are_taken_on_trust() -> None:
    web = container(
        "#{Name}",
        memory="#{Memory}",
        ports=[{"port": "#{Port}"}],
        storage={"mount_points": [{"volume": "#{Volume}", "path": "/data"}]},
        depends_on=[{"container": "#{Other}", "condition": "HEALTHY"}],
        user="#{User}",
        environment=[{"name": "A", "value": "#{Arn}", "type": "secret"}],
        health_check={"command": ["CMD", "true"], "interval": "#{Interval}"},
    )
    inputs = document(
        web,
        task_name="#{Task} name",
        stack_name="#{Stack}_x",
        cpu="#{Cpu}",
        memory="#{Memory}",
        task_role_arn="#{Role}",
        desired_count="#{Count}",
        maximum_percent="#{Most}",
        subnet_ids=["#{Subnet}"],
        security_group_ids=["#{Group}", "#{Group}"],
        tags=[{"key": "#{Key}", "value": "#{Value}&"}],
        load_balancers=[{"container": "web", "port": 80, "target_group_arn": "#{Arn}"}],
        volumes=[
            {"type": "efs", "name": "data", "file_system_id": "#{Fs}", "root_directory": "#{Root}"}
        ],
    )
    assert found(inputs) == []


def test_a_problem_is_comparable_data() -> None:
    [problem] = check_rules(read_inputs(document(task_name="")))
    assert problem == Problem("task_name", "The task needs a name.", "missing", "rule")
