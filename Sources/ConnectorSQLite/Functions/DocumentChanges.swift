// The functions behind the update operators: `_inc` with its bounds, and the json ones. What they cannot do on a stored
// value is an error of the statement, and the mutation ends.
internal import Base

enum DocumentChanges {
    /// `perigee_increment(value, by, type)`: null for null; a result that the type cannot hold is an error.
    static func increment(_ call: FunctionCall) {
        let stored = call[0]
        let operand = call[1]
        if stored.kind == .null || operand.kind == .null { return call.returnNull() }
        guard stored.kind == .integer, operand.kind == .integer else {
            let sum = stored.number + operand.number
            guard sum.isFinite else { return call.returnError("the result is out of range") }
            return call.returnReal(sum)
        }
        let (sum, overflow) = stored.integer.addingReportingOverflow(operand.integer)
        let bounds: ClosedRange<Int64> =
            switch unsafe String(decoding: call[2].text, as: UTF8.self) {
            case "Int": Int64(Int32.min)...Int64(Int32.max)
            case "smallint": Int64(Int16.min)...Int64(Int16.max)
            default: Int64.min...Int64.max
            }
        guard !overflow, bounds.contains(sum) else { return call.returnError("the result is out of range") }
        call.returnInteger(sum)
    }

    /// `perigee_json_append(left, right)`: two objects joined, the right one's members winning; otherwise one list, in which
    /// what is no list is an item.
    static func append(_ call: FunctionCall) {
        guard let (left, right) = documents(call) else { return }
        if case .object(var merged) = left, case .object(let added) = right {
            for member in added.members { merged[member.name] = member.value }
            return finish(call, .object(merged))
        }
        finish(call, .array((left.array ?? [left]) + (right.array ?? [right])))
    }

    /// `perigee_json_delete_key(document, key)`: the member of an object, or the strings of a list that are the key.
    static func deleteKey(_ call: FunctionCall) {
        guard let document = document(call) else { return }
        let key = unsafe String(decoding: call[1].text, as: UTF8.self)
        switch document {
        case .object(var object):
            object[key] = nil
            finish(call, .object(object))
        case .array(let items): finish(call, .array(items.filter { $0 != .string(key) }))
        case .null, .bool, .number, .string: call.returnError("cannot delete a key from a scalar")
        }
    }

    /// `perigee_json_delete_element(document, index)`: negative counts from the end; an index beyond changes nothing.
    static func deleteElement(_ call: FunctionCall) {
        guard let document = document(call) else { return }
        guard case .array(var items) = document else {
            return call.returnError("cannot delete an element from what is no list")
        }
        remove(at: call[1].integer, from: &items)
        finish(call, .array(items))
    }

    /// `perigee_json_delete_path(document, path)`: the path is a JSON list of texts.
    static func deletePath(_ call: FunctionCall) {
        guard let document = document(call) else { return }
        let path = unsafe parse(call[1].text)?.array?.compactMap(\.string) ?? []
        finish(call, deleting(path[...], from: document))
    }

    private static func deleting(_ path: ArraySlice<String>, from document: JSONValue) -> JSONValue {
        guard let step = path.first else { return document }
        let rest = path.dropFirst()
        switch document {
        case .object(var object):
            guard let inner = object[step] else { return document }
            object[step] = rest.isEmpty ? nil : deleting(rest, from: inner)
            return .object(object)
        case .array(var items):
            guard let index = Int64(step) else { return document }
            if rest.isEmpty {
                remove(at: index, from: &items)
            } else if let position = position(index, items.count) {
                items[position] = deleting(rest, from: items[position])
            }
            return .array(items)
        case .null, .bool, .number, .string: return document
        }
    }

    private static func remove(at index: Int64, from items: inout [JSONValue]) {
        if let position = position(index, items.count) { items.remove(at: position) }
    }

    private static func position(_ index: Int64, _ count: Int) -> Int? {
        let position = index < 0 ? index.addingReportingOverflow(Int64(count)).partialValue : index
        return position >= 0 && position < count ? Int(position) : nil
    }

    // MARK: Documents

    private static func documents(_ call: FunctionCall) -> (JSONValue, JSONValue)? {
        if call[0].kind == .null || call[1].kind == .null {
            call.returnNull()
            return nil
        }
        guard let left = unsafe parse(call[0].text), let right = unsafe parse(call[1].text) else {
            call.returnError("the stored value is not a JSON document")
            return nil
        }
        return (left, right)
    }

    private static func document(_ call: FunctionCall) -> JSONValue? {
        if call[0].kind == .null || call[1].kind == .null {
            call.returnNull()
            return nil
        }
        guard let document = unsafe parse(call[0].text) else {
            call.returnError("the stored value is not a JSON document")
            return nil
        }
        return document
    }

    private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> JSONValue? {
        unsafe try? JSONScanner.parse(Array(text))
    }

    private static func finish(_ call: FunctionCall, _ document: JSONValue) {
        var output = OutputBuffer(limit: call.byteLimit)
        let bytes = Array(document.text.utf8)
        unsafe bytes.withUnsafeBufferPointer { unsafe output.append($0) }
        call.returnText(&output)
    }
}
