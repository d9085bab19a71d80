// Package find finds services by what people type: words of plain speech, pinyin in full or by its initials, a nickname, an
// occasion of life, a code, in Chinese or English, simplified or traditional, with a letter wrong.
//
// An Index is made once of what each entry may be found by (Term) and never changes; searching it is pure, takes a bounded time
// and says of each hit why it was found. Its parts:
//
//   - pairs of Chinese characters, each with the entries that hold it: a text is found by any of its words without a
//     dictionary. Words that everybody writes (我想, 怎么办理) are left out, data/stop.txt;
//   - letters: each term as it is read, from each of its characters on (kaigongsi, gongsi, si), sorted, so that what begins with
//     a query stands together, and one wrong letter is a short walk;
//   - initials: the same by first letters (kgs, gs, s).
//
// What is rare weighs more than what is common, a name more than a nickname, and that more than a word in an answer. If no entry
// holds half of what was asked, the nearest are given as close, and a query in Chinese is tried by its sound.
//
// A Shelf keeps the index of the services that are offered, and makes it anew when they change.
package find
