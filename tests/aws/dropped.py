"""Applies again what the emulator drops when it creates a stack, as the template has it."""

import json


def apply_what_was_dropped(rig):
    """Returns how many settings were applied: encryption and lifecycle of buckets, recovery of the ledger."""
    body = rig.client("cloudformation").get_template(StackName="carelake-dev")["TemplateBody"]
    template = json.loads(body) if isinstance(body, str) else body
    applied = 0
    for logical, resource in template["Resources"].items():
        properties, physical = resource.get("Properties", {}), rig.resources[logical]["PhysicalResourceId"]
        if resource["Type"] == "AWS::S3::Bucket":
            [rule] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            wanted = rule["ServerSideEncryptionByDefault"]
            encryption = {"SSEAlgorithm": wanted["SSEAlgorithm"], "KMSMasterKeyID": rig.environment["CARELAKE_KMS_KEY"]}
            rig.client("s3").put_bucket_encryption(
                Bucket=physical,
                ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": encryption}]},
            )
            applied += 1
        elif resource["Type"] == "AWS::DynamoDB::Table":
            rig.client("dynamodb").update_continuous_backups(
                TableName=physical,
                PointInTimeRecoverySpecification=properties["PointInTimeRecoverySpecification"],
            )
            applied += 1
    return applied


def apply_boundaries_that_were_dropped(rig, stack):
    """Gives the roles of a stack the boundaries that its template has; returns how many."""
    client = rig.client("cloudformation")
    body = client.get_template(StackName=stack)["TemplateBody"]
    template = json.loads(body) if isinstance(body, str) else body
    resources = client.describe_stack_resources(StackName=stack)["StackResources"]
    physical = {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in resources}
    applied = 0
    for logical, resource in template["Resources"].items():
        boundary = resource.get("Properties", {}).get("PermissionsBoundary")
        if boundary is not None:
            rig.client("iam").put_role_permissions_boundary(
                RoleName=physical[logical], PermissionsBoundary=physical[boundary["Ref"]]
            )
            applied += 1
    return applied
