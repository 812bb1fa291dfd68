using Geobuk.Inference.Kernels;
using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference.Weights;

/// <summary>Weights of a GGUF file, used where they are mapped.</summary>
internal sealed unsafe class GgufSource : IWeightSource
{
    private readonly GgufFile _file;

    private GgufSource(GgufFile file)
    {
        _file = file;
        Config = GgufConfigReader.Read(file);
        Layout = ModelLayout.Of(Config);
    }

    public string Place => _file.Path;
    public ModelConfig Config { get; }
    public ModelLayout Layout { get; }
    public RotaryLayout RotaryLayout => Config.Family.TurnsNeighboursInGguf ? RotaryLayout.Interleaved : RotaryLayout.HalfSplit;
    public long FileBytes => _file.Length;
    public IEnumerable<string> Names => _file.Tensors.Select(tensor => tensor.Name);

    public int? PoolingType => _file.TryGetInt($"{_file.GetString("general.architecture")}.pooling_type");

    public static GgufSource Open(string path)
    {
        var file = GgufFile.Open(path);
        try
        {
            return new GgufSource(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public WeightTensor? Find(GgufTensorSpec spec) => _file.TryFind(spec.Name) is { } tensor
        ? new WeightTensor(tensor.Name, tensor.Type, [.. tensor.Dimensions.Reverse()], _file.Pointer(tensor))
        : null;

    public void Release() => _file.Release();

    public Tokenizer? ReadTokenizer()
    {
        const string Prefix = "tokenizer.ggml.";
        if (_file.TryGetString(Prefix + "model") is not { } model) return null;
        if (model != "gpt2")
            throw new UserInputException($"{Place}: {Prefix}model is {model}; expected gpt2 (byte-level BPE). Other tokenizers are not supported.");
        return Tokenizer.FromParts(new TokenizerParts
        {
            Tokens = _file.GetStrings(Prefix + "tokens"),
            TokenTypes = _file.GetInts(Prefix + "token_type"),
            Merges = _file.GetStrings(Prefix + "merges"),
            PreTokenizer = _file.GetString(Prefix + "pre"),
            BosTokenId = _file.TryGetInt(Prefix + "bos_token_id"),
            EosTokenId = _file.TryGetInt(Prefix + "eos_token_id"),
            PadTokenId = _file.TryGetInt(Prefix + "padding_token_id"),
            AddBos = _file.TryGetBoolean(Prefix + "add_bos_token") ?? false,
            ChatTemplate = _file.TryGetString("tokenizer.chat_template"),
            ComposeCanonically = _file.TryGetBoolean("geobuk.tokenizer.compose_canonically") ?? false,
            Description = _file.TryGetString("geobuk.tokenizer"),
        });
    }

    public void Dispose() => _file.Dispose();
}
