/** A card as the provider knows it; its token is what a browser would have been given for its numbers. */
interface Card {
  description: string;
  /** Why every charge of it is declined. */
  declineCode?: string;
}

const cards = new Map<string, Card>([
  ['tok_visa', { description: 'Visa •••• 4242' }],
  ['tok_mastercard', { description: 'Mastercard •••• 4444' }],
  ['tok_declined', { description: 'Visa •••• 0002', declineCode: 'do_not_honor' }],
  ['tok_insufficient_funds', { description: 'Visa •••• 9995', declineCode: 'insufficient_funds' }],
]);

export function cardOf(token: unknown): Card | undefined {
  return typeof token === 'string' ? cards.get(token) : undefined;
}
