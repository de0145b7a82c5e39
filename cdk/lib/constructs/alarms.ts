import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as actions from "aws-cdk-lib/aws-cloudwatch-actions";
import type * as events from "aws-cdk-lib/aws-events";
import * as sns from "aws-cdk-lib/aws-sns";
import * as sqs from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { DatasetConfig, LoadedSource, StreamConfig } from "../config.js";
import { METRICS, type Names } from "../names.js";
import type { PipelineFunction } from "./pipeline-function.js";

export interface AlarmsProps {
  readonly names: Names;
  readonly topic: sns.ITopic;
  readonly alarms: readonly AlarmDefinition[];
}

/** A month and a day: the monthly run is late. */
const DAYS_WITHOUT_SUCCESS = 32;
/** The share of its time limit that a function may take before somebody should look. */
const NEAR = 0.8;
/** How often loads of a source may give way in an hour before somebody should look. */
const GIVES_WAY = 5;
/** How far behind a stream records may be taken. */
const BEHIND = Duration.minutes(15);
/** How many times as old as it is published what is staged of a stream may get. */
const UNPUBLISHED = 3;
/** What is counted, five minutes at a time. */
const COUNT: cloudwatch.MetricOptions = { statistic: cloudwatch.Stats.SUM, period: Duration.minutes(5) };

export interface AlarmDefinition {
  /** What its name ends with. */
  readonly name: string;
  /** The heading in docs/operations.md, as a link writes it. */
  readonly section: string;
  readonly says: string;
  readonly metric: cloudwatch.Metric;
  readonly above: number;
  /** Periods in a row; 1 unless given. */
  readonly periods?: number;
  /** Whether silence is alarming too. */
  readonly silenceIsAlarming?: boolean;
}

/** Alarms. Each names its section of docs/operations.md, and tells the topic. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const action = new actions.SnsAction(props.topic);
    for (const { name, section, says, metric, above, periods, silenceIsAlarming } of props.alarms) {
      const alarm = new cloudwatch.Alarm(this, name, {
        alarmName: props.names.of(name),
        alarmDescription: `${says} See docs/operations.md#${section}`,
        metric,
        threshold: above,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: periods ?? 1,
        treatMissingData: silenceIsAlarming ? cloudwatch.TreatMissingData.MISSING : cloudwatch.TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(action);
      if (silenceIsAlarming) {
        alarm.addInsufficientDataAction(action);
      }
    }
  }
}

/** The alarms of what all rooms share, and of the monthly run. */
export function ofEnvironment(names: Names, topic: sns.ITopic, partition: string): AlarmDefinition[] {
  return [
    {
      name: "no-success",
      section: "no-success-in-32-days",
      says: "A publication has had no successful run for 32 days, or nobody looked for two.",
      metric: new cloudwatch.Metric({
        namespace: METRICS,
        metricName: "DaysSinceSuccess",
        dimensionsMap: { Environment: names.environment },
        statistic: cloudwatch.Stats.MAXIMUM,
        period: Duration.days(1),
      }),
      above: DAYS_WITHOUT_SUCCESS,
      periods: 2,
      silenceIsAlarming: true,
    },
    {
      name: "notice-undelivered",
      section: "a-notice-was-not-delivered",
      says: "A notice reached the topic but not a subscriber.",
      metric: topic.metricNumberOfNotificationsFailed(COUNT),
      above: 0,
    },
    {
      name: "notice-refused",
      section: "a-notice-was-not-delivered",
      says: "The state machine could not hand a notice to the topic.",
      metric: new cloudwatch.Metric({
        namespace: "AWS/States",
        metricName: "ServiceIntegrationsFailed",
        dimensionsMap: { ServiceIntegrationResourceArn: `arn:${partition}:states:::sns:publish` },
        ...COUNT,
      }),
      above: 0,
    },
  ];
}

/** The alarm of a queue of what could not be started by its schedule. */
export function ofSchedules(name: string, deadLetters: sqs.IQueue): AlarmDefinition {
  return {
    name,
    section: "the-schedule-could-not-start-a-run",
    says: "What was scheduled could not be started for a day.",
    metric: waiting(deadLetters),
    above: 0,
  };
}

/** The alarm of what a function of batches could not take for good. */
export function ofDeadLetters(name: string, deadLetters: sqs.IQueue): AlarmDefinition {
  return {
    name: `${name}-dead-letters`,
    section: "messages-that-no-try-could-take",
    says: `${name} was tried four times with messages that it could not take.`,
    metric: waiting(deadLetters),
    above: 0,
  };
}

function waiting(queue: sqs.IQueue): cloudwatch.Metric {
  return queue.metricApproximateNumberOfMessagesVisible({ statistic: cloudwatch.Stats.MAXIMUM, period: Duration.minutes(5) });
}

/** The alarm of a function that nothing waits for: what it fails with is heard by nobody. */
export function ofLonely(name: string, job: PipelineFunction, names: Names): AlarmDefinition {
  return {
    name: `${name}-fails`,
    section: "a-function-fails",
    says: `${names.of(name)} ended with an error, and nobody but its log was told.`,
    metric: job.function.metricErrors(COUNT),
    above: 0,
  };
}

/** The alarm of a rule: what it cannot hand to its queue for a day is heard by nobody. */
export function ofRule(name: string, rule: events.IRule): AlarmDefinition {
  return {
    name: `${name}-unheard`,
    section: "events-that-reach-no-queue",
    says: `What ${name} is told of could not be put into its queue.`,
    metric: new cloudwatch.Metric({ namespace: "AWS/Events", metricName: "FailedInvocations", dimensionsMap: { RuleName: rule.ruleName }, ...COUNT }),
    above: 0,
  };
}

/** The alarms of partners' feeds, which are looked at once a day. */
export function ofFeeds(names: Names): AlarmDefinition[] {
  const alarm = (name: string, metricName: string, section: string, says: string): AlarmDefinition => ({
    name, section, says, above: 0,
    metric: new cloudwatch.Metric({
      namespace: METRICS, metricName, dimensionsMap: { Environment: names.environment },
      statistic: cloudwatch.Stats.MAXIMUM, period: Duration.days(1),
    }),
  });
  return [
    alarm("feeds-late", "LateFeeds", "feeds-are-late", "The delivery of a feed was due and is not there."),
    alarm("files-unclaimed", "UnclaimedFiles", "files-wait-for-a-feed", "A file that a partner sent is of no feed."),
    alarm("letters-waiting", "WaitingLetters", "failures-wait-for-somebody", "A delivery failed more than a day ago and was not done again."),
  ];
}

/** The alarms of a source that is loaded by a schedule, which is looked at every five minutes. */
export function ofSource({ name, max_staleness_secs }: LoadedSource, names: Names): AlarmDefinition[] {
  const dimensionsMap = { Environment: names.environment, Dataset: `loads/${name}` };
  const metric = (metricName: string, statistic: string, period: Duration): cloudwatch.Metric =>
    new cloudwatch.Metric({ namespace: METRICS, metricName, dimensionsMap, statistic, period });
  const most = cloudwatch.Stats.MAXIMUM;
  return [
    {
      name: `loads-${name}-stale`,
      section: "a-source-is-stale",
      says: `All tables of ${name} were well longer ago than its max_staleness allows, or nobody looked.`,
      metric: metric("Staleness", most, Duration.minutes(15)),
      above: max_staleness_secs,
      silenceIsAlarming: true,
    },
    {
      name: `loads-${name}-distrusted`,
      section: "a-cursor-is-trusted-no-more",
      says: `A cursor of ${name} missed rows in two comparisons running.`,
      metric: metric("DistrustedCursors", most, Duration.days(1)),
      above: 0,
    },
    {
      name: `loads-${name}-gives-way`,
      section: "loads-give-way-again-and-again",
      says: `Loads of ${name} gave way to changes of its tables more than ${GIVES_WAY} times in an hour.`,
      metric: metric("GiveWays", cloudwatch.Stats.SUM, Duration.hours(1)),
      above: GIVES_WAY,
    },
  ];
}

/** The alarms of a stream of changes. */
export function ofStream({ name, flush }: StreamConfig, names: Names): AlarmDefinition[] {
  const dimensionsMap = { Environment: names.environment, Dataset: `streams/${name}` };
  const metric = (metricName: string, statistic: string, period: Duration): cloudwatch.Metric =>
    new cloudwatch.Metric({ namespace: METRICS, metricName, dimensionsMap, statistic, period });
  const sum = cloudwatch.Stats.SUM;
  return [
    {
      name: `streams-${name}-parked`,
      section: "records-of-a-stream-are-parked",
      says: `Records of ${name} cannot be used, and are parked.`,
      metric: metric("ParkedRecords", sum, Duration.minutes(5)),
      above: 0,
    },
    {
      name: `streams-${name}-lost`,
      section: "records-of-a-stream-are-lost",
      says: `Records of ${name} were gone before they were read.`,
      metric: metric("LostRecords", sum, Duration.minutes(5)),
      above: 0,
    },
    {
      name: `streams-${name}-staged`,
      section: "a-stream-is-not-published",
      says: `What is staged of ${name} is older than ${UNPUBLISHED} times its flush.every, or nobody looked.`,
      metric: metric("StagedAge", cloudwatch.Stats.MAXIMUM, Duration.minutes(5)),
      above: flush.every_secs * UNPUBLISHED,
      silenceIsAlarming: true,
    },
  ];
}

/** The alarms of what delivers streams. */
export function ofDeliveries(takes: PipelineFunction, failures: sqs.IQueue): AlarmDefinition[] {
  const ofTaking = (metricName: string, statistic: string): cloudwatch.Metric => takes.function.metric(metricName, { statistic, period: Duration.minutes(5) });
  return [
    {
      name: "streams-behind",
      section: "a-stream-is-read-late",
      says: `Records of a stream waited more than ${BEHIND.toMinutes()} minutes until they were taken.`,
      metric: ofTaking("IteratorAge", cloudwatch.Stats.MAXIMUM),
      above: BEHIND.toMilliseconds(),
      periods: 2,
    },
    {
      name: "streams-given-up",
      section: "records-of-a-stream-were-given-up",
      says: "Records of a stream were given up, and can be read by hand for some hours only.",
      metric: waiting(failures),
      above: 0,
    },
    {
      name: "streams-given-up-untold",
      section: "records-of-a-stream-are-lost",
      says: "Records of a stream were given up, and their range could not be put into its queue.",
      metric: ofTaking("DestinationDeliveryFailures", cloudwatch.Stats.SUM),
      above: 0,
    },
  ];
}

/** The alarms of a function. */
export function ofFunction(name: string, job: PipelineFunction, names: Names): AlarmDefinition[] {
  const one = job.function;
  const limit = (one.timeout ?? Duration.minutes(15)).toMilliseconds();
  return [
    {
      name: `${name}-throttled`,
      section: "a-function-is-throttled",
      says: `${names.of(name)} was not run because the account's functions are too many at once.`,
      metric: one.metricThrottles(COUNT),
      above: 0,
    },
    {
      name: `${name}-slow`,
      section: "a-function-nears-its-time-limit",
      says: `${names.of(name)} took more than ${NEAR * 100} % of its time limit.`,
      metric: one.metricDuration({ statistic: cloudwatch.Stats.MAXIMUM, period: Duration.minutes(5) }),
      above: limit * NEAR,
    },
  ];
}

/** The alarms of a dataset. */
export function ofDataset(dataset: DatasetConfig, names: Names): AlarmDefinition[] {
  return dataset.publications.map((publication) => ({
    name: `${publication.replace("/", "-")}-rejects`,
    section: "rejects-near-the-threshold",
    says: `${publication} rejected more than ${NEAR * 100} % of the share of rows that it may.`,
    metric: new cloudwatch.Metric({
      namespace: METRICS,
      metricName: "RejectRatio",
      dimensionsMap: { Environment: names.environment, Dataset: publication },
      statistic: cloudwatch.Stats.MAXIMUM,
      period: Duration.minutes(5),
    }),
    above: dataset.max_reject_ratio * NEAR,
  }));
}
