import { create } from '@bufbuild/protobuf';
import {
  LocationSchema,
  PlaceSchema,
  type Location as ProtoLocation,
  type Place as ProtoPlace,
} from '#proto/ordering/v1/place';
import { invalidField } from '#shared/errors/fault';
import type { Location, Place } from '../domain/place.ts';

export function locationFromProto(location: ProtoLocation | undefined, field: string): Location {
  if (!location) throw invalidField(field, 'is missing');
  return { latitude: location.latitude, longitude: location.longitude };
}

export function placeFromProto(place: ProtoPlace | undefined, field: string): Place {
  if (!place) throw invalidField(field, 'is missing');
  return { ...locationFromProto(place.location, `${field}.location`), address: place.address };
}

export function locationToProto({ latitude, longitude }: Location): ProtoLocation {
  return create(LocationSchema, { latitude, longitude });
}

export function placeToProto(place: Place): ProtoPlace {
  return create(PlaceSchema, { location: locationToProto(place), address: place.address });
}
