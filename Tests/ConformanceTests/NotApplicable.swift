// The cases that cannot apply, each group with its reason. Short on purpose, and watched: a case listed here that passes
// fails the run, and so does an id that no case has.

enum NotApplicable {
    private static let groups: [(reason: String, ids: [String])] = [
        (
            "fragment variables: an experiment that never reached the specification",
            ["parse-0038", "parse-0067", "parse-0068", "parse-0131", "print-0010", "print-0011"]
        ),
        ("prints an object that is no node: the tree here holds only nodes", ["print-0002"]),
        ("asks whether an object is a name: names are strings here", ["fn-0135"]),
        (
            "a schema built without validation: here it is always validated first, and the unknown type is found then",
            ["build-0174", "build-0259"]
        ),
        (
            "a schema put together by hand that no document can say: a directive without locations, a union of wrapped types",
            ["schema-0016", "schema-0029", "schema-0030"]
        ),
        (
            "a newer schema put together by hand without @deprecated, which every document's schema has; SchemaChangesTests has one such",
            ["brk-0021"]
        ),
        ("a walker of the host language that a test replaced by its own", ["val-0458"]),
        (
            "a scalar with code of the host language: scalars here take every value or are the specification's",
            [
                "val-0411", "val-0412", "coerce-0238", "coerce-0239", "coerce-0256", "coerce-0257", "coerce-0258",
                "coerce-0259", "coerce-0260", "coerce-0317", "coerce-0318", "exec-0088", "exec-0185", "exec-0186",
                "exec-0195", "exec-0196",
            ]
        ),
        (
            "undefined, which is neither a value nor null: values here are JSON or absent, and absent ones are not coerced",
            [
                "coerce-0012", "coerce-0061", "coerce-0100", "coerce-0128", "coerce-0166", "coerce-0202",
                "coerce-0224", "coerce-0234", "coerce-0254", "coerce-0299",
            ]
        ),
        (
            "an iterable object of the host language, which JSON has not",
            ["coerce-0247", "coerce-0286", "exec-0094", "exec-0095"]
        ),
        (
            "functions of the host language that tell an object's type, and fail or answer wrongly; the case does not say what they do",
            ["exec-0027", "exec-0030", "exec-0037", "exec-0038", "exec-0087"]
        ),
        ("errors that are no error objects of the host language; the case does not tell them apart", ["exec-0065"]),
        ("two fields fail, and which error stays depends on the host language's clock", ["exec-0067"]),
        ("enum values that are objects of the host language, compared by identity", ["exec-0254"]),
        (
            "a default value of the wrong type, executed without validation; here it is always validated first",
            ["exec-0152"]
        ),
    ]

    /// The reason by the case's id.
    static let reasons: [String: String] = Dictionary(
        groups.flatMap { group in group.ids.map { ($0, group.reason) } }, uniquingKeysWith: { first, _ in first })

    static var count: Int { groups.reduce(0) { $0 + $1.ids.count } }
}
