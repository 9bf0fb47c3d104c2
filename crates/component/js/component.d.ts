/** What is missing before the component can work. */
export type Missing = "extension" | "host" | "site" | "driver" | "token" | "permission" | "permission-denied" | "listener";

export interface Hello {
  kind: "hello";
  version: string;
  system: string;
  operations: string[];
  driver: boolean;
  /** Told only to a site that was let in. */
  medium?: boolean;
  site: "allowed" | "unknown" | "refused";
}

export type Readiness =
  | { ok: true; transport: "extension" | "loopback"; hello: Hello }
  | { ok: false; missing: Missing | string; fix: string; transport?: string; hello?: Hello; ask?: () => Promise<Readiness> };

export interface Options {
  language?: "ru" | "en";
  /** Port of the loopback listener; without it only the extension is looked for. */
  port?: number;
  transport?: "extension" | "loopback";
  /** How long `ask()` waits for the person and the listener. */
  ask_ms?: number;
  /** Called once the component begins; by default the server is told. */
  started?: (answer: { nonce: string }) => void | Promise<void>;
}

export interface Task {
  ticket: string;
  bank_key: string;
  nonce: string;
}

export interface Fields {
  nonce: string;
  result: string;
  cms?: string;
  pkcs10?: string;
  proof?: string;
  act?: string;
  medium?: string;
  serial?: string;
}

export declare class Refusal extends Error {
  code: string;
  detail?: string;
  nonce?: string;
}

export declare const LOOPBACK_PORT: number;
export declare function session(): Promise<string>;
export declare function ready(options?: Options): Promise<Readiness>;
export declare function run(operation: string, task: Task, options?: Options): Promise<Fields>;
