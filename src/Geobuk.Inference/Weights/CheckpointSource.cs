using Geobuk.Inference.Kernels;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference.Weights;

/// <summary>
/// Weights of a Hugging Face folder, used in the stored F32, F16 or BF16 where they are mapped. Only what the engine needs in
/// another order (latent attention's key projection) or width (8-bit values, packed codes) is made, when it is first used.
/// </summary>
internal sealed unsafe class CheckpointSource : IWeightSource
{
    private readonly ModelCheckpoint _checkpoint;
    private readonly List<DerivedRows> _derived = [];

    private CheckpointSource(ModelCheckpoint checkpoint)
    {
        _checkpoint = checkpoint;
        Layout = ModelLayout.Of(checkpoint.Config, checkpointOrder: true);
        PoolingType = TextPooling.Read(checkpoint.Folder);
    }

    public string Place => _checkpoint.Folder;
    public ModelConfig Config => _checkpoint.Config;
    public ModelLayout Layout { get; }
    public RotaryLayout RotaryLayout => Config.RotatesHalves ? RotaryLayout.HalfSplit : RotaryLayout.Interleaved;
    public long FileBytes => _checkpoint.FileBytes;
    /// <summary>The checkpoint was held against its configuration when it was opened; what is computed is in the configuration.</summary>
    public IEnumerable<string> Names => Layout.Gguf.Where(spec => spec.Values is null).Select(spec => spec.Name);

    public int? PoolingType { get; }

    public static CheckpointSource Open(string folder)
    {
        var checkpoint = ModelCheckpoint.Open(folder);
        try
        {
            return new CheckpointSource(checkpoint);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    public WeightTensor? Find(GgufTensorSpec spec)
    {
        if (spec.Values is not null) return null;
        var types = spec.Sources.Select(_checkpoint.DataType).Distinct().ToArray();
        if (!spec.IsVerbatim || types.Length > 1 || !_checkpoint.IsPlain(spec.Sources[0])) return Derived(spec, types);
        var slices = new byte*[spec.Sources.Count];
        for (var i = 0; i < slices.Length; i++) slices[i] = _checkpoint.Pointer(spec.Sources[i]);
        return new WeightTensor(spec.Name, Type(types[0]), spec.Shape, slices);
    }

    public void Release()
    {
        _derived.ForEach(rows => rows.Release());
        _checkpoint.Release();
    }

    public Tokenizer? ReadTokenizer() => File.Exists(Path.Combine(Place, "tokenizer.json")) ? Tokenizer.Load(Place) : null;

    public void Dispose()
    {
        _derived.ForEach(rows => rows.Dispose());
        _checkpoint.Dispose();
    }

    private WeightTensor Derived(GgufTensorSpec spec, TensorDataType[] types)
    {
        var type = types.Length == 1 && _checkpoint.IsPlain(spec.Sources[0]) ? Type(types[0]) : GgmlType.F32;
        var format = BlockFormat.Get(type);
        var rowBytes = (int)format.Bytes(spec.RowLength);
        // Of a stack, only what is routed to is made.
        var slices = spec.Shape.Count == 3 && spec.Shape[0] == spec.Sources.Count ? spec.Sources.Count : 1;
        var rows = spec.Rows / slices;
        DerivedRows[] parts = [.. Enumerable.Range(0, slices).Select(slice => new DerivedRows(rows * rowBytes, target =>
        {
            var values = new float[spec.RowLength];
            for (long row = 0; row < rows; row++)
            {
                _checkpoint.Read(spec.Locate(slice * rows + row), values);
                format.Encode(values, [], target.Span(row * rowBytes, rowBytes));
            }
        }))];
        _derived.AddRange(parts);
        return new WeightTensor(spec.Name, type, spec.Shape, parts);
    }

    private static GgmlType Type(TensorDataType type) => type switch
    {
        TensorDataType.F16 => GgmlType.F16,
        TensorDataType.BF16 => GgmlType.BF16,
        _ => GgmlType.F32,
    };
}
