// Header fields that can be asked by name: those of a request, and whatever else counts as such.

package protocol HeaderFields {
    /// Value of the first field of that name, without surrounding blanks. The name is given in lower case.
    func header(named lowercase: StaticString) -> ArraySlice<UInt8>?
    /// How many there are of that name.
    func headerCount(named lowercase: StaticString) -> Int
    /// Every field in order, name as it was spelt.
    func forEachHeader(_ body: (_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Void)
}

extension HTTPRequest: HeaderFields {}
