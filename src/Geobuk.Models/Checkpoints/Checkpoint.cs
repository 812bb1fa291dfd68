using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Geobuk.Models.Checkpoints;

/// <summary>The tensors of a Hugging Face folder: one model.safetensors, or shards with model.safetensors.index.json.</summary>
public sealed class Checkpoint : IDisposable
{
    /// <summary>Elements that are read and widened at a time: few enough to stay in a processor's cache between the two.</summary>
    private const int PieceElements = 1 << 17;

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _owners = [];
    private readonly Dictionary<string, SafetensorsTensor> _tensors = [];

    private readonly List<string> _problems = [];
    private readonly HashSet<string> _absent = [];

    private Checkpoint(string folder) => Folder = folder;

    /// <summary>Shards that cannot be opened, and tensors that the index has and their shard has not.</summary>
    internal IReadOnlyList<string> Problems => _problems;

    /// <summary>Tensors that the index has and no file.</summary>
    internal IReadOnlySet<string> Absent => _absent;

    /// <summary>The folder.</summary>
    public string Folder { get; }
    /// <summary>Every tensor by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors => _tensors;
    /// <summary>Bytes of all files.</summary>
    public long FileBytes => _files.Sum(file => file.Length);
    /// <summary>Elements of all tensors.</summary>
    public long ParameterCount => _tensors.Values.Sum(tensor => tensor.Elements);

    /// <summary>Opens a folder.</summary>
    /// <exception cref="UserInputException">No weights, a missing shard, or a damaged file.</exception>
    public static Checkpoint Open(string folder)
    {
        var checkpoint = OpenAll(folder);
        if (checkpoint.Problems.Count == 0) return checkpoint;
        checkpoint.Dispose();
        throw new UserInputException(checkpoint.Problems);
    }

    /// <summary>Opens what can be opened of a folder: <see cref="Problems"/> says what cannot.</summary>
    /// <exception cref="UserInputException">There are no weights, or no readable list of them.</exception>
    internal static Checkpoint OpenAll(string folder)
    {
        var checkpoint = new Checkpoint(folder);
        try
        {
            checkpoint.OpenFiles();
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>The stored bytes of a tensor of up to 2 GiB.</summary>
    public ReadOnlySpan<byte> Bytes(string name) => _owners[name].Bytes(_tensors[name]);

    /// <summary>Address of the stored bytes of a tensor.</summary>
    public unsafe byte* Pointer(string name) => _owners[name].Pointer(_tensors[name]);

    /// <summary>
    /// Reads elements of a tensor from one on as single precision. Past the mapping, into the end of the target, and widened from its
    /// start: what is written never reaches what is yet to be read, and nothing of the file is left in the process's memory.
    /// </summary>
    /// <exception cref="UserInputException">A file has become shorter since it was opened, or cannot be read.</exception>
    public void Read(string name, long first, Span<float> values)
    {
        var (file, stored) = (_owners[name], _tensors[name]);
        var size = stored.DataType.Size();
        for (var rest = values; rest.Length > 0; rest = rest[Math.Min(rest.Length, PieceElements)..])
        {
            var piece = rest[..Math.Min(rest.Length, PieceElements)];
            var bytes = MemoryMarshal.AsBytes(piece)[^(piece.Length * size)..];
            file.Read(stored, (first + values.Length - rest.Length) * size, bytes);
            if (stored.DataType != TensorDataType.F32) stored.DataType.ToSingle(bytes, piece);
        }
    }

    /// <summary>Gives back the memory of all that was looked at.</summary>
    public void Release() => _files.ForEach(file => file.Release());

    /// <summary>A tensor as single precision, row-major.</summary>
    public float[] ReadSingle(string name)
    {
        var tensor = _tensors[name];
        var values = new float[tensor.Elements];
        Read(name, 0, values);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void OpenFiles()
    {
        var index = Path.Combine(Folder, "model.safetensors.index.json");
        if (!File.Exists(index))
        {
            var single = Path.Combine(Folder, "model.safetensors");
            if (!File.Exists(single))
                throw new UserInputException($"{Folder}: neither model.safetensors nor model.safetensors.index.json; expected the weights of a Hugging Face folder. Check the path or fetch the model again.");
            var file = Add(single);
            foreach (var name in file.Tensors.Keys) Own(name, file);
            return;
        }
        var map = WeightMap(index);
        foreach (var shard in map.GroupBy(entry => entry.Value, entry => entry.Key))
        {
            var file = TryAdd(index, shard.Key);
            foreach (var name in shard)
                if (file?.Tensors.ContainsKey(name) == true) Own(name, file);
                else
                {
                    _absent.Add(name);
                    if (file is not null) _problems.Add($"{file.Path}: tensor {name} is missing; expected it by {Path.GetFileName(index)}. Fetch the model again.");
                }
        }
    }

    /// <summary>A shard; null where it cannot be opened.</summary>
    private SafetensorsFile? TryAdd(string index, string name)
    {
        try
        {
            return Add(ShardPath(index, name));
        }
        catch (UserInputException fault)
        {
            _problems.AddRange(fault.Problems);
            return null;
        }
    }

    private SafetensorsFile Add(string path)
    {
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        return file;
    }

    private void Own(string name, SafetensorsFile file)
    {
        _owners[name] = file;
        _tensors[name] = file.Tensors[name];
    }

    private string ShardPath(string index, string name) =>
        Path.GetFileName(name) == name && name is not ("" or "." or "..")
            ? Path.Combine(Folder, name)
            : throw new UserInputException($"{index}: shard {name} may lie outside the folder; expected a plain file name. The index is not to be trusted.");

    private static Dictionary<string, string> WeightMap(string index)
    {
        if (JsonFile.ReadObject(index)["weight_map"] is not JsonObject map || map.Count == 0)
            throw new UserInputException($"{index}: weight_map is missing or empty; expected an object from tensor to file. Fetch the file again.");
        return map.ToDictionary(entry => entry.Key, entry => entry.Value.AsText()
            ?? throw new UserInputException($"{index}: weight_map of {entry.Key} is {JsonFile.Quote(entry.Value, "null")}; expected the name of a file. Fetch the file again."));
    }
}
