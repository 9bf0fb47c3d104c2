// What is to be read in a letter as it lies in a mailbox (RFC 5322, 2045, 2047).

// The sender, the addressee, the subject, the plain text and, where there is one, the HTML.
export function decoded(octets) {
  const { headers, body } = split(octets.toString("latin1"));
  const parts = leaves(headers, body);
  const of = (type) => parts.find((part) => part.type === type)?.text;
  const word = (text) => text?.replace(/\?=\s+=\?/g, "?==?").replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, way, text) =>
    utf8(way.toLowerCase() === "b" ? Buffer.from(text, "base64").toString("latin1") : quoted(text.replaceAll("_", " "))));
  return { from: headers.get("from"), to: headers.get("to"), subject: word(headers.get("subject")), text: of("text/plain") ?? "", html: of("text/html") };
}

const utf8 = (octets) => Buffer.from(octets, "latin1").toString("utf8");

function split(text) {
  const end = text.search(/\r?\n\r?\n/);
  const lines = text.slice(0, end).replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  return { headers, body: text.slice(end).replace(/^\r?\n\r?\n/, "") };
}

function leaves(headers, body) {
  const type = headers.get("content-type") ?? "text/plain";
  const boundary = type.match(/boundary="?([^";]+)"?/i)?.[1];
  if (boundary) {
    const parts = body.split(`--${boundary}`).slice(1, -1);
    return parts.flatMap((part) => {
      const inner = split(part.replace(/^\r?\n/, ""));
      return leaves(inner.headers, inner.body);
    });
  }
  const way = (headers.get("content-transfer-encoding") ?? "").toLowerCase();
  const octets = { base64: (text) => Buffer.from(text, "base64").toString("latin1"), "quoted-printable": quoted }[way] ?? ((text) => text);
  return [{ type: type.split(";")[0].trim().toLowerCase(), text: utf8(octets(body)) }];
}

const quoted = (text) => text.replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
