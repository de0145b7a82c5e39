/** Reading values of a YAML document with their paths; every mistake is kept, so that all are shown at once. */

/** The mistakes found so far, each with the path of the key it is about. */
export class Mistakes {
  readonly found: string[] = [];

  add(path: string, message: string): void {
    this.found.push(`${path}: ${message}`);
  }
}

/** A value of the document and where it stands. */
export class Node {
  constructor(
    readonly value: unknown,
    readonly path: string,
    private readonly mistakes: Mistakes,
  ) {}

  get isPresent(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** Says what should have been here. */
  expected(what: string): void {
    this.mistakes.add(this.path, `must be ${what}`);
  }

  /** Returns the entries of a map, in file order. */
  entries(): [string, Node][] {
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) {
      this.expected("a map");
      return [];
    }
    return Object.entries(this.value).map(([key, value]) => [key, this.child(key, value)]);
  }

  /** Returns a reader of a map of which every key is known; others are refused. */
  fields(known: readonly string[]): (key: string) => Node {
    const entries = new Map(this.entries());
    for (const [key, node] of entries) {
      if (!known.includes(key)) {
        this.mistakes.add(node.path, `unknown key; accepted: ${known.join(", ")}`);
      }
    }
    return (key) => entries.get(key) ?? this.child(key, undefined);
  }

  /** Returns a text that matches; `otherwise` where there is none, or a mistake without one. */
  text(what: string, pattern: RegExp, otherwise?: string): string {
    if (!this.isPresent && otherwise !== undefined) {
      return otherwise;
    }
    if (typeof this.value === "string" && pattern.test(this.value)) {
      return this.value;
    }
    this.expected(what);
    return otherwise ?? "";
  }

  /** Returns one of a closed list of words. */
  choice<T extends string>(words: readonly T[], otherwise: T): T {
    if (!this.isPresent) {
      return otherwise;
    }
    const word = words.find((one) => one === this.value);
    if (word === undefined) {
      this.expected(`one of ${words.join(", ")}`);
    }
    return word ?? otherwise;
  }

  /** Returns a number of a range, ends included; only whole ones unless told. */
  number(least: number, most: number, otherwise: number, whole = true): number {
    if (!this.isPresent) {
      return otherwise;
    }
    if (typeof this.value === "number" && this.value >= least && this.value <= most && (!whole || Number.isInteger(this.value))) {
      return this.value;
    }
    this.expected(`a ${whole ? "whole " : ""}number from ${least} to ${most}`);
    return otherwise;
  }

  /** Returns a list of texts that match; none where it is absent. */
  texts(what: string, pattern: RegExp): string[] {
    if (!this.isPresent) {
      return [];
    }
    if (!Array.isArray(this.value)) {
      this.expected(`a list of ${what}`);
      return [];
    }
    return this.value.map((value, at) => new Node(value, `${this.path}[${at}]`, this.mistakes).text(what, pattern));
  }

  private child(key: string, value: unknown): Node {
    return new Node(value, this.path === "" ? key : `${this.path}.${key}`, this.mistakes);
  }
}
