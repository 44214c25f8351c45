/** What an e-mail address of ours looks like: narrower than RFC 5321, which lets in what no one has and mail servers refuse. */
export const emailPattern = /^[^\s@<>"',;:\\]+@[^\s@<>"',;:\\]+\.[^\s@<>"',;:\\.]{2,}$/;
/** RFC 5321, 4.5.3.1.3. */
export const emailLengthMax = 254;

/** A line of text without control characters, which would change how a page, a file or a log reads. */
export const linePattern = /^[^\u0000-\u001f\u007f-\u009f]*$/;
