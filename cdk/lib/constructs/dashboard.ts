import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { METRICS, type Names } from "../names.js";

export interface DashboardProps {
  readonly names: Names;
  readonly publications: readonly string[];
}

/** What every run did: rows, rejects, seconds and dollars, a line for each publication. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { names, publications } = props;
    const metric = (metricName: string, statistic: string, publication?: string): cloudwatch.Metric =>
      new cloudwatch.Metric({
        namespace: METRICS,
        metricName,
        dimensionsMap: {
          Environment: names.environment,
          ...(publication === undefined ? {} : { Dataset: publication }),
        },
        statistic,
        period: Duration.days(1),
        label: publication ?? "the run",
      });
    const graph = (title: string, metricName: string, statistic: string, ofRun = false): cloudwatch.GraphWidget =>
      new cloudwatch.GraphWidget({
        title,
        width: 12,
        left: [
          ...publications.map((publication) => metric(metricName, statistic, publication)),
          ...(ofRun ? [metric(metricName, statistic)] : []),
        ],
      });
    new cloudwatch.Dashboard(this, "Dashboard", {
      dashboardName: names.stack,
      defaultInterval: Duration.days(90),
      widgets: [
        [graph("Rows published", "Rows", "Maximum"), graph("Rows rejected", "Rejects", "Maximum")],
        [graph("Seconds", "Seconds", "Maximum"), graph("Dollars", "CostUSD", "Sum", true)],
        [graph("Peak memory, MB", "PeakMemoryMB", "Maximum"), graph("Days since success", "DaysSinceSuccess", "Maximum", true)],
      ],
    });
  }
}
