import { type Stack, Validations } from "aws-cdk-lib";
import { judge } from "./packs.js";

/** A finding that stands, and why. */
interface Acknowledgement {
  /** The rule, and its finding where it has several. */
  readonly rule: RegExp;
  /** Paths of the resources in the stack that may have it; any other resource with the finding fails the synthesis. */
  readonly at: RegExp;
  readonly reason: string;
}

const FUNCTION = /^\w+\/Function\/Resource$/;
const ROLE = /^\w+\/Role\/DefaultPolicy\/Resource$/;

const ACKNOWLEDGED: readonly Acknowledgement[] = [
  {
    rule: /^AwsSolutions-IAM5\[Resource::<Buckets(Input|Output|Rejects)\w+\.Arn>\/[^*]+\*\]$/,
    at: ROLE,
    reason: "S3 has no folders: the only way to grant what lies below a prefix is the prefix and a wildcard. The prefix is that of one source or one dataset.",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:s3:::[\w.-]+\/[^*]+\*(\/_current\.json)?\]$/,
    at: /^(\w+\/(Policy|Role\/DefaultPolicy)|Sftp\/[\w-]+Policy)\/Resource$/,
    reason: "S3 has no folders: the only way to grant what lies below a prefix is the prefix and a wildcard. The prefix is that of a room, of publications that it reads or listens to, or of a partner.",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:.*:states:.*:execution:carelake-[\w-]+:\*\]$/,
    at: /^(Report\/Role\/DefaultPolicy|\w+\/Policy)\/Resource$/,
    reason: "An execution gets its name when it starts. The action is states:GetExecutionHistory, and the executions are those of the room's own state machines.",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:.*:states:.*:execution:carelake-[\w-]+:\*\]$/,
    at: /^\w+Machine\/Role\/DefaultPolicy\/Resource$/,
    reason: "An execution gets its name when it starts. A state machine looks at and stops the executions that it started itself, of the state machines that its definition names.",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:s3:::[\w.-]+\/\*\.jsonl?\]$/,
    at: /^Console\/Policy\/Resource$/,
    reason: "Pages tell of every publication and run. The objects are pointers, manifests and reports, which are files of JSON; those with rows are not, and pages cannot read one.",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:.*:states:.*:(stateMachine:carelake-[\w-]+-\*|execution:carelake-[\w-]+-\*:\*)\]$/,
    at: /^Console\/Policy\/Resource$/,
    reason: "Pages start what every room of the environment has, and see how it goes; rooms come and go without them. Who may do so has the role of an operator.",
  },
  {
    rule: /^AwsSolutions-COG8$/,
    at: /^SignIn\/Users\/Resource$/,
    reason: "Threat protection belongs to the plan Plus, which is paid by user. Nobody signs up by themselves, everybody has a second factor, and who is in no group sees nothing.",
  },
  {
    rule: /^AwsSolutions-COG[28]$/,
    at: /^Messages\/Users\/Resource$/,
    reason: "Senders of messages are programs with a name and a password, which have no second factor; threat protection belongs to the plan Plus, which is paid by user. Who is in no group may send or read nothing, and a token is good for an hour.",
  },
  {
    rule: /^AwsSolutions-KDS3$/,
    at: /^Messages\/Stream\/Resource$/,
    reason: "The stream is encrypted with the key of the environment, which is of another stack: the rule cannot read an imported value.",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:.*:glue:.*:table\/\w+\/\w+_\*\]$/,
    at: /^\w+\/Policy\/Resource$/,
    reason: "Which tables a room has is known when it publishes. Their names begin with that of the room.",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:.*:dynamodb:.*:table\/\*(\/export\/\*)?\]$/,
    at: /^Load(Schemas|Tables|TablesLarge|Export)\/Policy\/Resource$/,
    reason: "Which tables a source has is known when its catalogue is read. The actions describe, scan and export, in the regions that sources name and nowhere where none is DynamoDB; the ledger is refused.",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    at: /^\w+\/Policy\/Resource$/,
    reason: "The actions are states:ListStateMachines, dynamodb:ListStreams and, of a function in a VPC, those on its network interfaces, for which IAM knows no resource (Service Authorization Reference). A test checks that.",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    at: /^\w+Machine\/Role\/DefaultPolicy\/Resource$/,
    reason: "The actions are those of X-Ray and of log delivery, for which IAM knows no resource (Service Authorization Reference). The statement holds no other action; a test checks that.",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    at: /\/ExecutionRole\/DefaultPolicy\/Resource$/,
    reason: "The action is ecr:GetAuthorizationToken, for which IAM knows no resource (Service Authorization Reference).",
  },
  {
    rule: /^HIPAA\.Security-IAMNoInlinePolicy$/,
    at: /\/(Role|ExecutionRole|TaskRole)\/DefaultPolicy\/Resource$/,
    reason: "The policy grants the prefixes of one job and must never be attached to another principal; an inline policy cannot be, and goes with its role.",
  },
  {
    rule: /^HIPAA\.Security-LambdaInsideVPC$/,
    at: FUNCTION,
    reason: "The function opens no port and talks to S3, DynamoDB, Glue and KMS only, by TLS, as its own role. Nothing it works on lies in a VPC, and the buckets refuse it everything outside its prefixes.",
  },
  {
    rule: /^HIPAA\.Security-LambdaConcurrency$/,
    at: FUNCTION,
    reason: "Its only callers are the state machine, which runs one task of a dataset at a time and ten feeds at most, and one daily schedule. A reservation would take concurrency away from the rest of the account.",
  },
  {
    rule: /^HIPAA\.Security-LambdaDLQ$/,
    at: FUNCTION,
    reason: "It is called synchronously: the state machine gets the failure, tries again, and reports it. A dead-letter queue receives asynchronous calls only; the schedule that makes one has a queue of its own.",
  },
  {
    rule: /^HIPAA\.Security-S3BucketReplicationEnabled$/,
    at: /^Buckets\/(AccessLogs|Input|Output|Rejects)\/Resource$/,
    reason: "Output and rejects are computed anew, byte for byte, from the inputs; the inputs are published files that their publishers keep, or files of partners who keep the originals. Versions guard against deletion. Another region would be another place with health data to guard.",
  },
  {
    rule: /^HIPAA\.Security-DynamoDBInBackupPlan$/,
    at: /^Ledger\/Table\/Resource$/,
    reason: "Point-in-time recovery restores any second of the last 35 days. What is published is told by the pointers in the bucket, not by the ledger; a lost ledger is started anew and the numbering of runs goes on from the bucket.",
  },
  {
    rule: /^AwsSolutions-ECS2$/,
    at: /\/Task\/Resource$/,
    reason: "The variables are names of buckets, tables and the key. No secret is given to a container: its role is its credential.",
  },
  {
    rule: /^AwsSolutions-APIG4$/,
    at: /^\w+Door\/Api\/DefaultRoute\/Resource$/,
    reason: "The function judges who calls, the same on one machine and on AWS: it verifies the token of each request, and pages that anybody may see are its own to name.",
  },
  {
    rule: /^AwsSolutions-SQS3$/,
    at: /^\w+\/DeadLetters\/Resource$/,
    reason: "The queue is itself a dead-letter queue, of the schedules, of a queue or of streams; an alarm rings when it is not empty.",
  },
];

/** Acknowledges, resource by resource, what stands. */
export function acknowledge(stack: Stack): void {
  for (const { rule, resource, complies } of judge(stack)) {
    const path = resource.node.path.slice(stack.node.path.length + 1);
    const found = complies ? undefined : ACKNOWLEDGED.find((one) => one.rule.test(rule) && one.at.test(path));
    if (found !== undefined) {
      Validations.of(resource).acknowledge({ id: rule, reason: found.reason });
    }
  }
}

/** Returns why a finding stands at a resource, if it does. */
export function reason(rule: string, path: string): string | undefined {
  return ACKNOWLEDGED.find((one) => one.rule.test(rule) && one.at.test(path))?.reason;
}
