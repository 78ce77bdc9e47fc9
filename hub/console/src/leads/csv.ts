// A page of leads as CSV, as it is shown: masked. Cells that a spreadsheet would compute are quoted into text. Pure.

/** With a byte order mark, as spreadsheets here take a file without one for GB18030. */
export function csvOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return `\ufeff${[head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

function cell(text: string): string {
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n']/.test(inert) ? `"${inert.replace(/"/g, '""')}"` : inert
}
