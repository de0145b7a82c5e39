import { Stack } from "aws-cdk-lib";
import * as glue from "aws-cdk-lib/aws-glue";
import { Construct } from "constructs";

export interface CatalogProps {
  readonly databaseName: string;
  readonly description: string;
}

/** The Glue database. Its tables are made and moved by the jobs, which alone know the schema and the run. */
export class Catalog extends Construct {
  readonly databaseName: string;

  constructor(scope: Construct, id: string, props: CatalogProps) {
    super(scope, id);
    this.databaseName = props.databaseName;
    new glue.CfnDatabase(this, "Database", {
      catalogId: Stack.of(this).account,
      databaseInput: { name: props.databaseName, description: props.description },
    });
  }
}
