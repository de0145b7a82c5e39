import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { PipelineFunction } from "../constructs/pipeline-function.js";
import type { Built } from "./build.js";

export interface RoomDashboardProps {
  readonly name: string;
  readonly built: Built;
}

/** What a room does: calls, failures and times of its functions, its executions, and what waits in its queues. */
export class RoomDashboard extends Construct {
  constructor(scope: Construct, id: string, { name, built }: RoomDashboardProps) {
    super(scope, id);
    const functions = built.carried.flatMap(({ carrier }) => (carrier instanceof PipelineFunction ? [carrier.function] : []));
    const machines = [...built.machines.values()].map(({ machine }) => machine);
    const queues = built.carried.flatMap(({ inbox }) => (inbox === undefined ? [] : [inbox.queue, inbox.deadLetters]));
    const [count, most] = [cloudwatch.Stats.SUM, cloudwatch.Stats.MAXIMUM].map((statistic) => ({ statistic, period: Duration.hours(1) }));
    const graph = (title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget[] =>
      left.length === 0 ? [] : [new cloudwatch.GraphWidget({ title, width: 12, left })];
    new cloudwatch.Dashboard(this, "Dashboard", {
      dashboardName: name,
      defaultInterval: Duration.days(7),
      widgets: [
        [
          ...graph("Calls", functions.map((one) => one.metricInvocations(count))),
          ...graph("Calls that failed", functions.map((one) => one.metricErrors(count))),
        ],
        [
          ...graph("Milliseconds", functions.map((one) => one.metricDuration(most))),
          ...graph("Executions that failed", machines.map((one) => one.metricFailed(count))),
        ],
        graph("Messages that wait", queues.map((one) => one.metricApproximateNumberOfMessagesVisible(most))),
      ].filter((row) => row.length > 0),
    });
  }
}
