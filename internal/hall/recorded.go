package hall

import (
	"slices"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
)

// RecordedText is a text message that a demonstration keeps instead of sending it.
type RecordedText struct {
	Region    string
	Case      caseflow.CaseNo
	Made      time.Time
	Recipient string // the number
	Text      string
}

// recordedShown bounds how many texts are shown.
const recordedShown = 50

// RecordedTexts lists the newest 50 texts of a region among those kept (records gives a copy, the oldest first): the newest first,
// their numbers masked. Nil records is a hall that sends its texts, or has no channel for them.
// ErrNotFound there, and for who does not manage the system.
func RecordedTexts(by caseflow.Actor, region string, records func() []RecordedText) ([]RecordedText, error) {
	if records == nil || !access.May(by, access.SystemManage, access.Resource{Region: region}).Allow {
		return nil, ErrNotFound
	}
	list := slices.DeleteFunc(records(), func(t RecordedText) bool { return t.Region != region })
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b RecordedText) int { return b.Made.Compare(a.Made) }) // what waited may be sent after what is new
	list = list[:min(len(list), recordedShown)]
	for i := range list {
		list[i].Recipient = maskRecipient(ChannelSMS, list[i].Recipient)
	}
	return list, nil
}
