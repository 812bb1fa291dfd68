using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Calibration;

/// <summary>
/// How much each input column of each matrix matters: the mean square of what it is multiplied with on calibration text. The file
/// is llama.cpp's: a GGUF with general.type "imatrix", and per matrix NAME.in_sum2, F32 [columns, matrices], and NAME.counts, F32
/// [1, matrices]. Two keys more say of which model it is.
/// </summary>
public sealed class ImportanceMatrix
{
    private const string SumSuffix = ".in_sum2";
    private const string CountSuffix = ".counts";
    private const string ModelKey = "geobuk.imatrix.model";

    private readonly IReadOnlyDictionary<string, ImportanceEntry> _entries;

    /// <summary>A matrix that was gathered.</summary>
    /// <param name="entries">By GGUF name.</param>
    /// <param name="datasets">Names of the texts.</param>
    /// <param name="chunks">Sequences read.</param>
    /// <param name="chunkSize">Tokens of a sequence.</param>
    /// <param name="model">Fingerprint of the model; null where the file does not say.</param>
    public ImportanceMatrix(IReadOnlyDictionary<string, ImportanceEntry> entries, IReadOnlyList<string> datasets, int chunks, int chunkSize, string? model) =>
        (_entries, Datasets, Chunks, ChunkSize, Model) = (entries, datasets, chunks, chunkSize, model);

    /// <summary>Names of the texts.</summary>
    public IReadOnlyList<string> Datasets { get; }
    /// <summary>Sequences read.</summary>
    public int Chunks { get; }
    /// <summary>Tokens of a sequence.</summary>
    public int ChunkSize { get; }
    /// <summary>Fingerprint of the model; null where the file does not say.</summary>
    public string? Model { get; }
    /// <summary>By GGUF name.</summary>
    public IReadOnlyDictionary<string, ImportanceEntry> Entries => _entries;

    /// <summary>Names of the texts, tokens, and the digest of the statistics.</summary>
    public CalibrationIdentity Identity
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            AppendTo(hash);
            return new CalibrationIdentity(string.Join(", ", Datasets), (long)Chunks * ChunkSize, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
    }

    /// <summary>Adds names and statistics.</summary>
    internal void AppendTo(IncrementalHash hash)
    {
        foreach (var (name, entry) in _entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(MemoryMarshal.AsBytes(entry.SumSquares.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(entry.Counts.AsSpan()));
        }
    }

    /// <summary>Weights of a matrix's columns, with zeros for columns that were padded; null where the matrix was not observed.</summary>
    /// <param name="name">GGUF name.</param>
    /// <param name="slice">Index in a stack.</param>
    /// <param name="slices">Matrices of the stack.</param>
    /// <param name="columns">Columns in the file to be written.</param>
    public float[]? Of(string name, int slice, int slices, int columns)
    {
        if (!_entries.TryGetValue(name, out var entry)) return null;
        var mean = entry.Mean(slice, slices);
        Array.Resize(ref mean, columns);
        return mean;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserInputException">No such file, or not an importance matrix.</exception>
    public static ImportanceMatrix Load(string path)
    {
        using var file = GgufFile.Open(path);
        if (file.TryGetString("general.type") is not "imatrix")
            throw new UserInputException($"{path}: general.type is {file.TryGetString("general.type") ?? "absent"}; expected imatrix. Gather one with geobuk imatrix, or with llama.cpp's tool in its GGUF format.");
        var entries = new Dictionary<string, ImportanceEntry>();
        foreach (var sums in file.Tensors.Where(tensor => tensor.Name.EndsWith(SumSuffix, StringComparison.Ordinal)))
        {
            var name = sums.Name[..^SumSuffix.Length];
            var counts = file.Find(name + CountSuffix);
            var entry = new ImportanceEntry(Values(file, sums), Values(file, counts));
            if (entry.Counts.Length == 0 || entry.SumSquares.Length % entry.Counts.Length != 0)
                throw new UserInputException($"{path}: {sums.Name} has {entry.SumSquares.Length} values for {entry.Counts.Length} counts; expected a whole number for each. Gather the file again.");
            if (entry.SumSquares.Concat(entry.Counts).FirstOrDefault(value => !(value >= 0 && float.IsFinite(value)), 0) is var wrong and not 0)
                throw new UserInputException($"{path}: {name} has the value {wrong}; expected finite numbers from 0 up. The model that it was gathered with is damaged.");
            entries[name] = entry;
        }
        if (entries.Count == 0) throw new UserInputException($"{path}: there is no tensor *{SumSuffix}; expected one for every matrix. Gather the file again.");
        return new ImportanceMatrix(entries, file.TryGetStrings("imatrix.datasets") ?? [], file.TryGetInt("imatrix.chunk_count") ?? 0, file.TryGetInt("imatrix.chunk_size") ?? 0, file.TryGetString(ModelKey));
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="UserInputException">The place cannot hold it.</exception>
    public void Save(string path)
    {
        List<KeyValuePair<string, GgufValue>> keys =
        [
            new("general.type", GgufValue.Of("imatrix")),
            new("imatrix.datasets", GgufValue.ArrayOf([.. Datasets])),
            new("imatrix.chunk_count", GgufValue.Of((uint)Chunks)),
            new("imatrix.chunk_size", GgufValue.Of((uint)ChunkSize)),
        ];
        if (Model is not null) keys.Add(new(ModelKey, GgufValue.Of(Model)));
        var parts = _entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry => new (string Name, float[] Values, long Matrices)[]
        {
            (entry.Key + SumSuffix, entry.Value.SumSquares, entry.Value.Counts.Length), (entry.Key + CountSuffix, entry.Value.Counts, entry.Value.Counts.Length),
        }).ToList();
        using var writer = GgufWriter.Create(path, keys, [.. parts.Select(part => new GgufTensorToWrite(part.Name, GgmlType.F32, [part.Values.Length / part.Matrices, part.Matrices]))]);
        for (var i = 0; i < parts.Count; i++) writer.Write(i, 0, MemoryMarshal.AsBytes(parts[i].Values.AsSpan()));
        writer.Complete();
    }

    /// <summary>Refuses to be used for another model.</summary>
    /// <param name="place">The file, for errors.</param>
    /// <param name="checkpoint">The model.</param>
    /// <exception cref="UserInputException">Of another model: by its fingerprint, or by a tensor that the model does not have or has in another width.</exception>
    public void RequireModel(string place, ModelCheckpoint checkpoint)
    {
        var specs = ModelLayout.Of(checkpoint.Config).Gguf.ToDictionary(spec => spec.Name);
        foreach (var (name, entry) in _entries)
        {
            if (!specs.TryGetValue(name, out var spec))
                throw new UserInputException($"{place}: has statistics of {name}, which {checkpoint.Folder} does not have; expected those of its own matrices. It belongs to another model: gather one with geobuk imatrix.");
            var slices = spec.Shape.Count > 2 ? spec.Shape[0] : 1;
            if (entry.SumSquares.Length != spec.Shape[^1] * slices || (entry.Counts.Length != 1 && entry.Counts.Length != slices))
                throw new UserInputException($"{place}: {name} has {entry.SumSquares.Length} columns; expected the {spec.Shape[^1] * slices} of {checkpoint.Folder}. It belongs to another model: gather one with geobuk imatrix.");
        }
        if (Model is not null && Model != ModelFingerprint.Of(checkpoint))
            throw new UserInputException($"{place}: was gathered with model {Model}; expected {ModelFingerprint.Of(checkpoint)}, {checkpoint.Folder}. It belongs to another model of the same shape: gather one with geobuk imatrix.");
    }

    private static float[] Values(GgufFile file, GgufTensor tensor)
    {
        var values = new float[tensor.Elements];
        BlockFormat.Get(tensor.Type).Decode(file.Data(tensor), values);
        return values;
    }
}
