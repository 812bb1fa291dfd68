using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Geobuk.Models.Checkpoints;

/// <summary>Reads the JSON header of a safetensors file: walks it once to know that it is sound, then makes the tensors.</summary>
/// <param name="json">The header where it is mapped.</param>
/// <param name="dataStart">First byte of the data in the file.</param>
/// <param name="fileLength">Bytes of the file.</param>
/// <param name="fault">Makes an error from what was found, what was expected and what to do.</param>
internal ref struct SafetensorsHeaderReader(ReadOnlySpan<byte> json, long dataStart, long fileLength, Func<string, string, string, UserInputException> fault)
{
    private const string MetadataName = "__metadata__";
    private const string Damaged = "The file is damaged: fetch it again";
    // The largest mixtures of experts have about 100,000 tensors; a header of 100 MB could claim two million.
    private const int MostTensors = 1 << 18;
    private const int MostDimensions = 8;
    private const int LongestQuote = 200;

    private static readonly Dictionary<string, TensorDataType> s_types = Enum.GetValues<TensorDataType>().ToDictionary(type => type.ToString());

    private readonly ReadOnlySpan<byte> _json = json;
    private Utf8JsonReader _reader = new(json);

    /// <summary>Every tensor by name, each inside the file.</summary>
    /// <exception cref="UserInputException">The header is no JSON, or claims what cannot be.</exception>
    public Dictionary<string, SafetensorsTensor> Read()
    {
        try
        {
            CheckSyntax();
            var (tensors, metadata) = (new Dictionary<string, SafetensorsTensor>(), 0);
            _reader.Read();
            while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = _reader.GetString()!;
                _reader.Read();
                var isNew = name == MetadataName ? CheckMetadata() && metadata++ == 0 : tensors.TryAdd(name, ReadTensor(name));
                if (!isNew) throw fault($"tensor {name} twice", "every name once", "Write the file again");
            }
            return tensors;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw fault($"a header that is not JSON ({e.Message})", "a JSON object", Damaged);
        }
    }

    /// <summary>Walks the whole header, and counts the tensors, without keeping anything.</summary>
    private readonly void CheckSyntax()
    {
        if (!Utf8.IsValid(_json)) throw fault("a header that is not UTF-8", "a JSON object", Damaged);
        var reader = new Utf8JsonReader(_json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw fault("a header that is not a JSON object", "a JSON object", Damaged);
        var count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            reader.Read();
            reader.Skip();
            if (++count > MostTensors) throw fault($"more than {MostTensors} tensors", "fewer", "The file is no model: fetch it again");
        }
        while (reader.Read()) { }
    }

    private bool CheckMetadata()
    {
        var start = _reader;
        var isMap = _reader.TokenType == JsonTokenType.StartObject;
        while (isMap && _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName) isMap = _reader.Read() && _reader.TokenType == JsonTokenType.String;
        if (!isMap) throw fault($"{MetadataName} given as {Quote(start)}", "an object of texts", Damaged);
        return true;
    }

    private SafetensorsTensor ReadTensor(string name)
    {
        var start = _reader;
        var (typeName, shape, offsets) = ReadFields();
        if (typeName is null || shape is null || shape.Any(size => size < 0) || offsets is not [var begin, var end])
            throw Described(name, start);
        if (!s_types.TryGetValue(typeName, out var type))
            throw fault($"tensor {name} of type {typeName}", string.Join(", ", s_types.Keys), "Convert the checkpoint");
        if (begin < 0 || end < begin || end > fileLength - dataStart)
            throw fault($"tensor {name} at bytes {begin} to {end} of {fileLength - dataStart}", "a range inside the file", "The file is truncated: fetch it again");
        var bytes = Bytes(type, shape) ?? throw Described(name, start);
        if (bytes != end - begin)
            throw fault($"tensor {name} of shape [{string.Join(", ", shape)}] {type} in {end - begin} bytes", $"{bytes} bytes", Damaged);
        return new SafetensorsTensor(name, type, shape, dataStart + begin, bytes);
    }

    /// <summary>The three fields of a tensor; null where one is missing, given twice or of another form.</summary>
    private (string? Type, long[]? Shape, long[]? Offsets) ReadFields()
    {
        (string? Type, long[]? Shape, long[]? Offsets) nothing = default;
        if (_reader.TokenType != JsonTokenType.StartObject) return nothing;
        var fields = nothing;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = _reader.GetString();
            _reader.Read();
            switch (field)
            {
                case "dtype" when fields.Type is null && _reader.TokenType == JsonTokenType.String: fields.Type = _reader.GetString(); break;
                case "shape" when fields.Shape is null: fields.Shape = ReadNumbers(); break;
                case "data_offsets" when fields.Offsets is null: fields.Offsets = ReadNumbers(); break;
                case "dtype" or "shape" or "data_offsets": return nothing;
                default: _reader.Skip(); break;
            }
        }
        return fields;
    }

    private long[]? ReadNumbers()
    {
        if (_reader.TokenType != JsonTokenType.StartArray) return null;
        var numbers = new List<long>(MostDimensions);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out var number) || numbers.Count == MostDimensions) return null;
            numbers.Add(number);
        }
        return [.. numbers];
    }

    /// <summary>Bytes of a tensor; null where they overflow, be it behind a size of zero.</summary>
    private static long? Bytes(TensorDataType type, long[] shape)
    {
        try
        {
            var bytes = shape.Aggregate((long)type.Size(), (product, size) => checked(product * Math.Max(size, 1)));
            return shape.Contains(0) ? 0 : bytes;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private readonly UserInputException Described(string name, Utf8JsonReader start) =>
        fault($"tensor {name} described as {Quote(start)}", $"dtype, shape (at most {MostDimensions} sizes from 0 up) and data_offsets", Damaged);

    private readonly string Quote(Utf8JsonReader start)
    {
        var from = (int)start.TokenStartIndex;
        start.Skip();
        var text = Encoding.UTF8.GetString(_json[from..(int)start.BytesConsumed]);
        return text.Length <= LongestQuote ? text : text[..LongestQuote] + "…";
    }
}
