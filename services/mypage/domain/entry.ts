/** Something that happened to a customer. Its id is the event's, so that it is on the timeline once. */
export interface Entry {
  id: string;
  customerId: string;
  time: Date;
  /** The event's name, such as `OrderStateChanged`. */
  event: string;
  text: string;
  subjectId: string;
}
