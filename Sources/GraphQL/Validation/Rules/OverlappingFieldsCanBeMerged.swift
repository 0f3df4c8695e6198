// Fields that answer under one key are one field. Specification, section 5.3.2 "Field Selection Merging".
//
// Two passes: `FieldMergeCheck` says in near-linear time whether anything conflicts at all, which is never so for an
// honest document; only then `FieldConflictFinder` compares pairs, to say what conflicts in the reference's words.

struct OverlappingFieldsCanBeMerged: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func leaveDocument(_ context: ValidationContext) {
        let selections = MergedSelections(context: context)
        var check = FieldMergeCheck(selections)
        guard check.hasConflicts(), !context.isStopped else { return }
        var finder = FieldConflictFinder(selections)
        finder.reportAll()
    }
}
