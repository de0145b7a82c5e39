"""Fills a bucket from a folder and asks Athena: athena.py ENDPOINT BUCKET FOLDER DATABASE SQL... prints rows as JSON."""

import json
import os
import sys
import time

import botocore.session

endpoint, bucket, folder, database, *queries = sys.argv[1:]
session = botocore.session.Session()
session.set_credentials("test", "test")


def client(service):
    return session.create_client(service, region_name="us-east-1", endpoint_url=endpoint)


s3 = client("s3")
s3.create_bucket(Bucket=bucket)
for place, _, names in os.walk(folder):
    for name in names:
        path = os.path.join(place, name)
        with open(path, "rb") as file:
            s3.put_object(Bucket=bucket, Key=os.path.relpath(path, folder), Body=file.read())

athena = client("athena")
for sql in queries:
    started = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": database},
        ResultConfiguration={"OutputLocation": f"s3://{bucket}/_answers/"},
    )
    query = {"QueryExecutionId": started["QueryExecutionId"]}
    while True:
        status = athena.get_query_execution(**query)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.05)
    if status["State"] != "SUCCEEDED":
        sys.exit(f"{sql}: {status}")
    rows = athena.get_query_results(**query)["ResultSet"]["Rows"]
    print(json.dumps([[cell.get("VarCharValue") for cell in row["Data"]] for row in rows[1:]]))
