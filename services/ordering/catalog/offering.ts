export type OfferingKind = 'LINE' | 'GOODS' | 'CONTENT' | 'RIDE' | 'VISIT';

/** Something a business sells by a tariff. */
export interface Offering {
  id: string;
  business: string;
  kind: OfferingKind;
  displayName: string;
  tariffId: string;
  createTime: Date;
  revision: bigint;
}
