/** A point on the earth (WGS 84), in degrees. */
export interface Location {
  latitude: number;
  longitude: number;
}

/** Somewhere a person can be met. */
export interface Place extends Location {
  address: string;
}
