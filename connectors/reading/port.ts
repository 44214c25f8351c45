import type { MediaType } from '../../domain/onboarding/media-type';

/** Reads the print on a picture of a document. */
export interface PictureReader {
  readonly name: string;
  /**
   * The lines of print, from top to bottom; undefined where the picture cannot be read at all. It never throws for what the
   * picture is, and asks nobody outside.
   */
  read(picture: {
    readonly mediaType: MediaType;
    readonly content: Uint8Array;
  }): Promise<readonly string[] | undefined>;
}
