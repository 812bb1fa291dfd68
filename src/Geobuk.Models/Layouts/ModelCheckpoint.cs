using System.Globalization;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Models.Layouts;

/// <summary>
/// A Hugging Face folder whose tensors are exactly those of its configuration, under the names of <see cref="ModelLayout"/>
/// whatever spelling the files use, and readable as single precision whatever form they are stored in: plain, 8-bit with block
/// scales, or packed codes (compressed-tensors). Layers beyond the configured ones (predictors of further tokens) are skipped,
/// whatever the family.
/// </summary>
public sealed unsafe class ModelCheckpoint : IDisposable
{
    private const string Inner = "model.";

    private readonly Checkpoint _checkpoint;
    private readonly bool _headersOnly;
    private readonly Dictionary<string, SafetensorsTensor> _stored = [];
    private readonly Dictionary<string, BlockScales> _scales = [];
    private readonly Dictionary<string, PackedMatrix> _packed = [];

    private ModelCheckpoint(ModelConfig config, Checkpoint checkpoint, bool headersOnly)
    {
        (Config, _checkpoint, _headersOnly) = (config, checkpoint, headersOnly);
        Tensors = ModelLayout.Of(config).Tensors;
        Match();
    }

    /// <summary>The folder.</summary>
    public string Folder => _checkpoint.Folder;
    /// <summary>Its config.json.</summary>
    public ModelConfig Config { get; }
    /// <summary>The tensors of the model.</summary>
    public IReadOnlyList<TensorSpec> Tensors { get; }
    /// <summary>Bytes of all files.</summary>
    public long FileBytes => _checkpoint.FileBytes;
    /// <summary>Stored tensors that the model does without: layers beyond the configured ones, what repeats another tensor or is computed, an indexer that is switched off.</summary>
    public IReadOnlyList<SafetensorsTensor> Skipped { get; private set; } = [];

    /// <summary>Opens a folder and holds it against its configuration.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="headersOnly">No values are touched: they are neither checked nor to be read afterwards.</param>
    /// <exception cref="UserInputException">Every missing, superfluous, wrongly shaped or unreadable tensor, at once.</exception>
    public static ModelCheckpoint Open(string folder, bool headersOnly = false)
    {
        var config = ModelConfig.Load(folder);
        var checkpoint = Checkpoint.OpenAll(folder);
        try
        {
            return new ModelCheckpoint(config, checkpoint, headersOnly);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Element type in the file; I32 of a packed matrix.</summary>
    public TensorDataType DataType(string name) => _stored[name].DataType;

    /// <summary>The stored values are the values: neither scaled nor packed.</summary>
    public bool IsPlain(string name) => DataType(name) is TensorDataType.F32 or TensorDataType.F16 or TensorDataType.BF16;

    /// <summary>Bytes in the file.</summary>
    public long Bytes(string name) => _stored[name].Bytes;

    /// <summary>Address of the stored values, which are plain floats unless the type says otherwise.</summary>
    public byte* Pointer(string name) => _checkpoint.Pointer(_stored[name].Name);

    /// <summary>
    /// Gives back the memory of all that was looked at or read in a way that keeps memory: packed codes, and values apart from each
    /// other. It can be read again.
    /// </summary>
    public void Release() => _checkpoint.Release();

    /// <summary>A whole tensor as single precision, row-major.</summary>
    public float[] ReadSingle(string name)
    {
        var values = new float[_packed.TryGetValue(name, out var packed) ? packed.Elements : _stored[name].Elements];
        Read(new RowSource(name, 0, 1), values);
        return values;
    }

    /// <summary>A row as single precision.</summary>
    /// <exception cref="UserInputException">A file has become shorter since it was opened, or cannot be read.</exception>
    public void Read(RowSource row, Span<float> values)
    {
        if (_packed.TryGetValue(row.Tensor, out var packed))
        {
            packed.Read(row, values);
            return;
        }
        if (row.Stride == 1) _checkpoint.Read(_stored[row.Tensor].Name, row.Offset, values);
        else ReadApart(row, values);
        if (_scales.TryGetValue(row.Tensor, out var scales)) scales.Apply(row, values);
    }

    /// <inheritdoc/>
    public void Dispose() => _checkpoint.Dispose();

    private void ReadApart(RowSource row, Span<float> values)
    {
        var source = Pointer(row.Tensor);
        var type = DataType(row.Tensor);
        var size = type.Size();
        for (var i = 0; i < values.Length; i++)
            type.ToSingle(new ReadOnlySpan<byte>(source + (row.Offset + i * row.Stride) * size, size), values.Slice(i, 1));
    }

    private void Match()
    {
        var problems = new TensorProblems();
        problems.Add(_checkpoint.Problems);
        var used = new HashSet<string>();
        foreach (var spec in Tensors)
        {
            var name = ((string?[])[spec.Name, spec.Alias, WithoutHead(spec.Name)]).FirstOrDefault(IsThere) ?? spec.Alias ?? spec.Name;
            used.Add(name);
            if (!_checkpoint.Tensors.ContainsKey(name) && PackedMatrix.IsIn(_checkpoint, name))
            {
                _stored[spec.Name] = _checkpoint.Tensors[name + PackedMatrix.CodesSuffix];
                var wrong = new List<string>();
                if (PackedMatrix.Find(_checkpoint, name, spec.Shape, used, wrong) is { } packed) _packed[spec.Name] = packed;
                problems.Add(wrong);
                continue;
            }
            if (!_checkpoint.Tensors.TryGetValue(name, out var found))
            {
                if (!_checkpoint.Absent.Contains(name)) problems.Add(Folder, spec.Name, $"is missing; expected shape [{string.Join(", ", spec.Shape)}] by config.json. Fetch the model again.");
                continue;
            }
            _stored[spec.Name] = found;
            if (!IsPlain(spec.Name) && found.DataType is not TensorDataType.F8_E4M3)
                problems.Add(Folder, name, $"is {found.DataType}; expected F32, F16, BF16, block-scaled F8_E4M3 or packed codes. Convert the checkpoint.");
            else if (!found.Shape.SequenceEqual(spec.Shape))
                problems.Add(Folder, name, $"has shape [{string.Join(", ", found.Shape)}]; expected [{string.Join(", ", spec.Shape)}] by config.json. The weights and config.json do not belong together.");
            else if (found.DataType is TensorDataType.F8_E4M3) AddScales(spec, found, used, problems);
        }
        var others = _checkpoint.Tensors.Values.Where(tensor => !used.Contains(tensor.Name)).ToLookup(tensor => IsSkipped(tensor.Name));
        Skipped = [.. others[true]];
        foreach (var name in others[false].Select(tensor => tensor.Name).Order(StringComparer.Ordinal))
            problems.Add(Folder, name, $"is not part of the {Config.Family} model in config.json; expected no such tensor. The weights and config.json do not belong together, or an adapter is not merged.");
        if (problems.IsEmpty && !_headersOnly) CheckGates(problems);
        problems.ThrowIfAny();
    }

    private void AddScales(TensorSpec spec, SafetensorsTensor values, HashSet<string> used, TensorProblems problems)
    {
        var name = values.Name + BlockScales.Suffix;
        var (rows, columns) = (spec.Shape[0], spec.Shape.Count == 2 ? spec.Shape[1] : 0);
        long[] wanted = [(rows + BlockScales.Size - 1) / BlockScales.Size, (columns + BlockScales.Size - 1) / BlockScales.Size];
        if (columns == 0)
            problems.Add(Folder, values.Name, $"is F8_E4M3 with shape [{string.Join(", ", spec.Shape)}]; expected 8-bit values in matrices only. Convert the checkpoint.");
        else if (!_checkpoint.Tensors.TryGetValue(name, out var scales))
            problems.Add(Folder, name, $"is missing; expected the scales of the F8_E4M3 tensor of that name, shape [{string.Join(", ", wanted)}]. Fetch the model again.");
        else if (!scales.Shape.SequenceEqual(wanted) || scales.DataType is not (TensorDataType.F32 or TensorDataType.BF16))
            problems.Add(Folder, name, $"is {scales.DataType} [{string.Join(", ", scales.Shape)}]; expected F32 or BF16 [{string.Join(", ", wanted)}], a scale for every {BlockScales.Size} x {BlockScales.Size} values. Convert the checkpoint.");
        else if (!_headersOnly)
            _scales[spec.Name] = new BlockScales(columns, _checkpoint.ReadSingle(name));
        used.Add(name);
    }

    private bool IsThere(string? name) => name is not null && (_checkpoint.Tensors.ContainsKey(name) || PackedMatrix.IsIn(_checkpoint, name));

    /// <summary>A model that was saved without its head, as embedding models are, has the inner names.</summary>
    private static string? WithoutHead(string name) => name.StartsWith(Inner, StringComparison.Ordinal) ? name[Inner.Length..] : null;

    /// <summary>Tensors that are computed, that repeat another one, or that this configuration does without.</summary>
    private bool IsSkipped(string name)
    {
        if (name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal)) return true;
        if (name == "lm_head.weight") return Config.TieWordEmbeddings;
        if (Config.Latent is { Indexer: null } && name.Contains(".self_attn.indexer.", StringComparison.Ordinal)) return true;
        return name.StartsWith("model.layers.", StringComparison.Ordinal)
            && int.TryParse(name.Split('.')[2], NumberStyles.None, CultureInfo.InvariantCulture, out var layer) && layer >= Config.LayerCount;
    }

    /// <summary>The blocks of a fused query and gate that no output reads must be zero, or splitting would lose weights.</summary>
    private void CheckGates(TensorProblems problems)
    {
        if (Config.Latent is not { OutputGate: true, QueryRank: { } rank } latent) return;
        var perHead = latent.KeyHeadSize + latent.ValueHeadSize;
        var values = new float[rank];
        int Unread(long row) => row % perHead < latent.KeyHeadSize ? rank : 0;
        foreach (var spec in Tensors.Where(spec => spec.Name.EndsWith(".q_b_proj.weight", StringComparison.Ordinal)))
        {
            var (first, rows) = (-1L, 0);
            for (long row = 0; row < spec.Shape[0]; row++)
            {
                Read(new RowSource(spec.Name, row * 2 * rank + Unread(row), 1), values);
                if (!values.AsSpan().ContainsAnyExcept(0f)) continue;
                if (rows++ == 0) first = row;
            }
            if (rows > 0)
                problems.Add(Folder, spec.Name, $"has values other than 0 in {rows} rows, the first row {first} in columns {Unread(first)} to {Unread(first) + rank - 1}; expected two blocks, queries over the normed latent and gates over the latent. The projection cannot be split.");
        }
    }
}
