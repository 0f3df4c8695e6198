// The cases that cannot apply, each with its reason. Short on purpose: what is missing is written here, nothing else.

enum NotApplicable {
    static let reasons: [String: String] = [
        "parse-0038": "fragment variables: an experiment that never reached the specification",
        "parse-0067": "fragment variables: an experiment that never reached the specification",
        "parse-0068": "fragment variables: an experiment that never reached the specification",
        "parse-0131": "fragment variables: an experiment that never reached the specification",
        "build-0174": "a schema built without validation; here it is always validated first",
        "build-0259": "a schema built without validation; here it is always validated first",
        "coerce-0247": "an iterable object of the host language, which JSON has not",
        "coerce-0286": "an iterable object of the host language, which JSON has not",
        "exec-0152":
            "a default value of the wrong type, executed without validation; here it is always validated first",
        "print-0010": "fragment variables: an experiment that never reached the specification",
        "print-0011": "fragment variables: an experiment that never reached the specification",
        "print-0002": "prints an object that is no node: the tree here holds only nodes",
    ]
}
