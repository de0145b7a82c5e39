import { Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { acknowledge } from "../compliance/acknowledgements.js";
import { type AlarmDefinition, Alarms, ofDeadLetters, ofDeliveries, ofFeeds, ofSource, ofStream } from "../constructs/alarms.js";
import { PipelineFunction } from "../constructs/pipeline-function.js";
import { Sftp } from "../constructs/sftp.js";
import { type Built, buildRoom } from "./build.js";
import { RoomDashboard } from "./dashboard.js";
import { Messages } from "./hl7.js";
import type { Room } from "./rooms.js";
import { HL7, INTAKE, LOADS, type Shared, sharedFromElsewhere, type Source, STREAMS } from "./shared.js";
import { Deliveries, TAKES } from "./streams.js";

export interface RoomStackProps extends StackProps {
  readonly source: Source;
  readonly room: Room;
  /** What publications of any room begin with, below the output. */
  readonly published: readonly string[];
}

/** One room. What it shares with the others is in the stack of the environment, which it knows by names. */
export class RoomStack extends Stack {
  constructor(scope: Construct, id: string, props: RoomStackProps) {
    super(scope, id, props);
    const { room, source } = props;
    const shared = sharedFromElsewhere(this, source, props.published);
    const built = buildRoom(this, shared, room);
    if (room.name === INTAKE) {
      this.letIn(shared);
    }
    const delivers = room.name === STREAMS ? this.deliver(shared, built) : [];
    const messages = room.name === HL7 ? this.takeMessages(shared, built) : [];
    const alarms = [...built.alarms, ...ofRoom(room, source), ...delivers, ...messages];
    if (alarms.length > 0) {
      new Alarms(this, "Alarms", { names: source.names, topic: shared.topic, alarms });
    }
    new RoomDashboard(this, "Dashboard", { name: source.names.of(room.name), built });
    acknowledge(this);
  }

  /** Makes the server of the partners who send by SFTP, if there are any. */
  private letIn({ config: { environment, intake }, key, names }: Shared): void {
    const partners = intake.partners.filter(({ networks }) => networks.length > 0);
    if (partners.length === 0) {
      return;
    }
    const { network } = environment.deployment;
    if (network === undefined) {
      throw new Error(`environments.${environment.name}.deployment.network: is missing, and partners send by SFTP into it`);
    }
    new Sftp(this, "Sftp", { name: names.of("sftp"), environment, network, partners, room: INTAKE, key });
  }

  /** Makes the ways into the room of messages; returns their alarms. */
  private takeMessages(shared: Shared, { carried }: Built): AlarmDefinition[] {
    const { log_days: logRetention } = shared.config.environment.deployment;
    const { deadLetters } = new Messages(this, "Messages", { shared, carried, logRetention });
    return deadLetters === undefined ? [] : [ofDeadLetters("hl7-failures", deadLetters)];
  }

  /** Makes what delivers streams; returns its alarms. */
  private deliver(shared: Shared, { carried }: Built): AlarmDefinition[] {
    const carrier = carried.find(({ one }) => one.name === TAKES)?.carrier;
    if (!(carrier instanceof PipelineFunction)) {
      throw new Error(`${STREAMS} has no function ${TAKES}; print the functions anew: carelake functions --json`);
    }
    const { deadLetters } = new Deliveries(this, "Deliveries", { shared, carrier });
    return ofDeliveries(carrier, deadLetters);
  }
}

/** The alarms of what only this room has. */
function ofRoom({ name }: Room, { names, config }: Source): AlarmDefinition[] {
  if (name === INTAKE) {
    return ofFeeds(names);
  }
  if (name === STREAMS) {
    return config.streams.flatMap((one) => ofStream(one, names));
  }
  return name === LOADS ? config.loads.sources.flatMap((one) => ofSource(one, names)) : [];
}
