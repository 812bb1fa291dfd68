using Geobuk.Inference.Kernels;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference.Weights;

/// <summary>
/// Weights of a Hugging Face folder, used in the stored F32, F16 or BF16 where they are mapped. Only what the engine needs in
/// another order (latent attention's key projection) or width (8-bit values, packed codes) is copied.
/// </summary>
internal sealed unsafe class CheckpointSource : IWeightSource
{
    private readonly ModelCheckpoint _checkpoint;
    private readonly List<NativeBuffer<byte>> _copies = [];

    private CheckpointSource(ModelCheckpoint checkpoint)
    {
        _checkpoint = checkpoint;
        Layout = ModelLayout.Of(checkpoint.Config, checkpointOrder: true);
    }

    public string Place => _checkpoint.Folder;
    public ModelConfig Config => _checkpoint.Config;
    public ModelLayout Layout { get; }
    public RotaryLayout RotaryLayout => Config.Latent is null ? RotaryLayout.HalfSplit : RotaryLayout.Interleaved;
    public long FileBytes => _checkpoint.FileBytes;
    /// <summary>The checkpoint was held against its configuration when it was opened; what is computed is in the configuration.</summary>
    public IEnumerable<string> Names => Layout.Gguf.Where(spec => spec.Values is null).Select(spec => spec.Name);

    public static CheckpointSource Open(string folder) => new(ModelCheckpoint.Open(folder));

    public WeightTensor? Find(GgufTensorSpec spec)
    {
        if (spec.Values is not null) return null;
        var types = spec.Sources.Select(_checkpoint.DataType).Distinct().ToArray();
        if (!spec.IsVerbatim || types.Length > 1 || !_checkpoint.IsPlain(spec.Sources[0])) return Copy(spec, types);
        var slices = new byte*[spec.Sources.Count];
        for (var i = 0; i < slices.Length; i++) slices[i] = _checkpoint.Pointer(spec.Sources[i]);
        return new WeightTensor(spec.Name, Type(types[0]), spec.Shape, slices);
    }

    public void Release() => _checkpoint.Release();

    public Tokenizer? ReadTokenizer() => File.Exists(Path.Combine(Place, "tokenizer.json")) ? Tokenizer.Load(Place) : null;

    public void Dispose()
    {
        _copies.ForEach(copy => copy.Dispose());
        _checkpoint.Dispose();
    }

    private WeightTensor Copy(GgufTensorSpec spec, TensorDataType[] types)
    {
        var type = types.Length == 1 && _checkpoint.IsPlain(spec.Sources[0]) ? Type(types[0]) : GgmlType.F32;
        var format = BlockFormat.Get(type);
        var rowBytes = (int)format.Bytes(spec.RowLength);
        var copy = new NativeBuffer<byte>(spec.Rows * rowBytes);
        _copies.Add(copy);
        var values = new float[spec.RowLength];
        for (long row = 0; row < spec.Rows; row++)
        {
            _checkpoint.Read(spec.Locate(row), values);
            format.Encode(values, [], copy.Span(row * rowBytes, rowBytes));
        }
        return new WeightTensor(spec.Name, type, spec.Shape, copy.Pointer);
    }

    private static GgmlType Type(TensorDataType type) => type switch
    {
        TensorDataType.F16 => GgmlType.F16,
        TensorDataType.BF16 => GgmlType.BF16,
        _ => GgmlType.F32,
    };
}
