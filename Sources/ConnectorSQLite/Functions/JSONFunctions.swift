// The functions that build the answer. They know only what the answer needs, so they beat the general ones by a third:
// an aggregate that writes each row straight into one buffer, with keys that come escaped from the lowering.

enum JSONFunctions {
    /// `perigee_rows(key, value, …)`: the list of all rows as objects. With one argument: the list of given JSON texts.
    static func rowsStep(_ call: FunctionCall) {
        guard let memory = unsafe call.aggregateState(byteCount: MemoryLayout<OutputBuffer>.size, create: true) else {
            return
        }
        let state = unsafe memory.assumingMemoryBound(to: OutputBuffer.self)
        // A local copy while it grows: the compiler keeps it in registers.
        var output = unsafe state.pointee
        if output.count == 0 {
            output = OutputBuffer(limit: call.byteLimit, capacity: 512)
            output.append(UInt8(ascii: "["))
        } else {
            output.append(UInt8(ascii: ","))
        }
        if call.count == 1 {
            output.append(call[0], as: .json)
        } else {
            appendObject(call, to: &output)
        }
        unsafe state.pointee = output
        // Raised here and not at the end: the statement stops at once.
        _ = call.returnFailure(of: output)
    }

    /// Also called to free the group of a statement that was interrupted.
    static func rowsEnd(_ call: FunctionCall) {
        guard let memory = unsafe call.aggregateState(byteCount: 0, create: false) else {
            return call.returnText("[]", asJSON: true)
        }
        let state = unsafe memory.assumingMemoryBound(to: OutputBuffer.self)
        unsafe state.pointee.append(UInt8(ascii: "]"))
        unsafe call.returnText(&state.pointee, asJSON: true)
    }

    /// `perigee_object(key, value, …)`: one object.
    static func object(_ call: FunctionCall) {
        var output = OutputBuffer(limit: call.byteLimit, capacity: 256)
        appendObject(call, to: &output)
        call.returnText(&output, asJSON: true)
    }

    private static func appendObject(_ call: FunctionCall, to output: inout OutputBuffer) {
        output.append(UInt8(ascii: "{"))
        var index = 0
        while index + 1 < call.count {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            let (key, kind) = unsafe JSONKind.split(call[index].text)
            unsafe output.append(key)
            output.append(call[index + 1], as: kind)
            index += 2
        }
        output.append(UInt8(ascii: "}"))
    }

    /// `perigee_json(text)`: the same text, marked as JSON, without reading it.
    static func json(_ call: FunctionCall) {
        if call[0].kind == .null { return call.returnNull() }
        call.returnArgument(0, asJSON: true)
    }

    /// `perigee_join(object, …)`: the members of all objects in one. What is not an object's text is left out.
    static func join(_ call: FunctionCall) {
        var output = OutputBuffer(limit: call.byteLimit, capacity: 512)
        output.append(UInt8(ascii: "{"))
        for index in 0..<call.count where call[index].kind == .text {
            let text = unsafe call[index].text
            guard text.count > 2, unsafe text.first == UInt8(ascii: "{"), unsafe text.last == UInt8(ascii: "}")
            else { continue }
            if output.count > 1 { output.append(UInt8(ascii: ",")) }
            unsafe output.append(UnsafeBufferPointer(rebasing: text.dropFirst().dropLast()))
        }
        output.append(UInt8(ascii: "}"))
        call.returnText(&output, asJSON: true)
    }

    /// `perigee_boolean(value)`: 1, 0 or null, as the kind `b` shows the value.
    static func boolean(_ call: FunctionCall) {
        guard let flag = call[0].boolean else { return call.returnNull() }
        call.returnInteger(flag ? 1 : 0)
    }

    /// `perigee_float(value)`: a real as the shortest JSON number that reads back the same, null without one; integers
    /// and null as they are; everything else as a JSON string.
    static func float(_ call: FunctionCall) {
        let argument = call[0]
        var output = OutputBuffer(limit: call.byteLimit)
        switch argument.kind {
        case .null: return call.returnNull()
        case .integer: return call.returnInteger(argument.integer)
        case .real:
            guard argument.real.isFinite else { return call.returnNull() }
            output.append(jsonNumber: argument.real)
        case .text, .blob: output.append(argument, as: .string)
        }
        call.returnText(&output, asJSON: true)
    }
}
