import type { Environment } from './environment.ts';

/** E-mail address of each business's department; `*` stands for every business that is not named. */
export type DepartmentEmails = ReadonlyMap<string, string>;

const business = /^(\*|[a-z][a-z0-9-]{0,31})$/;
const address = /^[^\s@,=<>"]+@[^\s@,=<>"]+$/;

/** Reads `meters=meters@example.com,*=all@example.com`. Answers with the addresses and what is wrong with the text. */
export function parseDepartmentEmails(text: string): { emails: DepartmentEmails; faults: string[] } {
  const emails = new Map<string, string>();
  const faults: string[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const [name = '', email = '', ...rest] = entry.split('=').map((part) => part.trim());
    if (rest.length > 0 || !business.test(name) || !address.test(email)) {
      faults.push(`"${entry}" is not business=address`);
    } else if (emails.has(name)) {
      faults.push(`"${name}" is named twice`);
    } else {
      emails.set(name, email);
    }
  }
  return { emails, faults };
}

/** The setting `DEPARTMENT_EMAILS`, the same in every service that writes to departments. */
export function readDepartmentEmails(environment: Environment): DepartmentEmails {
  const { emails, faults } = parseDepartmentEmails(
    environment.text('DEPARTMENT_EMAILS', '*=settlement@jangbu.example'),
  );
  for (const fault of faults) environment.fault(`DEPARTMENT_EMAILS: ${fault}`);
  return emails;
}

/** The department's address; empty if the setting names none for this business. */
export function departmentEmail(emails: DepartmentEmails, business: string): string {
  return emails.get(business) ?? emails.get('*') ?? '';
}
