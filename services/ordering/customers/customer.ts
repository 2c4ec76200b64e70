/** Somebody who orders. Texts are empty where nothing is known. */
export interface Customer {
  id: string;
  displayName: string;
  email: string;
  phone: string;
  address: string;
  createTime: Date;
  revision: bigint;
}
