package caseflow

// FileTypes lists the media types of files that a material may accept: those that uploads are kept as. WebP comes in and is kept
// as JPEG, so that no material names it.
func FileTypes() []string {
	return []string{"application/pdf", "image/png", "image/jpeg", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/ofd"}
}
