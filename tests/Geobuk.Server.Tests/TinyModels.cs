using System.Text.Json.Nodes;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Tokenization;
using Geobuk.Tests;

namespace Geobuk.Server.Tests;

/// <summary>Writes tiny Hugging Face folders: one of random weights, and some whose answer is known beforehand.</summary>
internal static class TinyModels
{
    public const int Context = 512;

    /// <summary>Context of the model that must not come to an end while a test looks at it.</summary>
    public const int LongContext = 16384;

    /// <summary>Four syllables and six hanja; no byte of the UTF-8 form occurs twice, so that each byte has one successor.</summary>
    public const string Recitation = "쌂뼮긭퀧法金年記令物";

    private const int Heads = 4;
    private const int KeyValueHeads = 2;

    private static readonly string[] Corpus =
    [
        "질문: 정기 휴가는 며칠까지 쓸 수 있습니까?\n답: 정기 휴가는 연 21일 이내에서 나누어 쓸 수 있습니다.",
        "제12조(휴가의 승인) ① 소속 부서의 장은 신청을 받은 날부터 2일 안에 승인 여부를 알려야 한다.",
        "國防部 訓令 제3호. ＡＢＣ 全角 문자와 漢字를 함께 씁니다.",
    ];

    /// <summary>Random weights: the answers are noise, cut characters included, and depend on the whole prompt.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="withChatTemplate">It can chat.</param>
    /// <param name="template">A chat template of tests/Shared/templates instead of the usual one, with a longer context: such templates write much.</param>
    public static void WriteRandom(string folder, bool withChatTemplate = true, string? template = null)
    {
        var tokenizer = WriteTokenizer(folder, withChatTemplate, template);
        const int Hidden = 32;
        var random = new Random(7);
        WriteConfig(folder, Hidden, tokenizer.VocabularySize, template is null ? Context : 4 * Context);
        WriteWeights(folder, Hidden, tokenizer.VocabularySize, (_, count) => Gaussian(random, count, 0.35f));
    }

    /// <summary>
    /// Layers of zeros leave the embedding as it is, and the output row of a token is the embedding of the one before it: the
    /// model recites <see cref="Recitation"/> byte by byte without end, whatever the prompt.
    /// </summary>
    public static void WriteReciting(string folder, int context, bool endsAfterOneRound = false)
    {
        var tokenizer = WriteTokenizer(folder, withChatTemplate: true);
        const int Hidden = 128;
        var size = tokenizer.VocabularySize;
        var recited = System.Text.Encoding.UTF8.GetBytes(Recitation).Select(value => IdOf(tokenizer, value)).ToArray();
        var embedding = Embedding(size, Hidden, recited);
        var output = new float[embedding.Length];
        FollowedBy(Other(recited), recited[0]);
        for (var i = 1; i < recited.Length; i++) FollowedBy(recited[i - 1], recited[i]);
        FollowedBy(recited[^1], endsAfterOneRound ? tokenizer.EosTokenId!.Value : recited[0]);
        WriteConfig(folder, Hidden, size, context);
        WriteWeights(folder, Hidden, size, (name, count) => name switch
        {
            "model.embed_tokens.weight" => embedding,
            "lm_head.weight" => output,
            _ => new float[count],
        });

        void FollowedBy(int token, int next)
        {
            for (var i = 0; i < Hidden; i++) output[next * Hidden + i] += embedding[token * Hidden + i];
        }
    }

    /// <summary>Nearly orthogonal rows for the recited tokens, one and the same row for all others.</summary>
    private static float[] Embedding(int size, int hidden, int[] recited)
    {
        var embedding = Gaussian(new Random(11), size * hidden, 1);
        var other = embedding.AsSpan(Other(recited) * hidden, hidden).ToArray();
        for (var id = 0; id < size; id++)
            if (!recited.Contains(id)) other.CopyTo(embedding, id * hidden);
        return embedding;
    }

    /// <summary>Some token that is not recited.</summary>
    private static int Other(int[] recited) => Enumerable.Range(0, int.MaxValue).First(id => !recited.Contains(id));

    private static Tokenizer WriteTokenizer(string folder, bool withChatTemplate, string? template = null)
    {
        BpeTrainer.Train(Corpus, BpeTrainer.SmallestVocabulary + 40, folder);
        var path = Path.Combine(folder, "tokenizer_config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        if (!withChatTemplate) config.Remove("chat_template");
        if (template is not null) config["chat_template"] = File.ReadAllText(TestPaths.Repository("tests", "Shared", "templates", template));
        File.WriteAllText(path, config.ToJsonString());
        return Tokenizer.Load(folder);
    }

    private static int IdOf(Tokenizer tokenizer, byte value) =>
        Enumerable.Range(0, tokenizer.VocabularySize).First(id => tokenizer.DecodeBytes(id) is [var only] && only == value && !tokenizer.IsSpecial(id));

    private static void WriteConfig(string folder, int hidden, int vocabulary, int context) =>
        File.WriteAllText(Path.Combine(folder, "config.json"), new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["model_type"] = "llama",
            ["hidden_act"] = "silu",
            ["hidden_size"] = hidden,
            ["intermediate_size"] = 2 * hidden,
            ["num_hidden_layers"] = 2,
            ["num_attention_heads"] = Heads,
            ["num_key_value_heads"] = KeyValueHeads,
            ["vocab_size"] = vocabulary,
            ["max_position_embeddings"] = context,
            ["rms_norm_eps"] = 1e-6,
            ["rope_theta"] = 10000,
            ["tie_word_embeddings"] = false,
            ["torch_dtype"] = "float32",
        }.ToJsonString());

    private static void WriteWeights(string folder, int hidden, int vocabulary, Func<string, int, float[]> values)
    {
        var keyValueSize = hidden / Heads * KeyValueHeads;
        var tensors = new List<TensorToWrite> { Matrix("model.embed_tokens.weight", vocabulary, hidden) };
        for (var layer = 0; layer < 2; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            tensors.Add(Ones($"{prefix}input_layernorm.weight"));
            tensors.Add(Ones($"{prefix}post_attention_layernorm.weight"));
            tensors.Add(Matrix($"{prefix}self_attn.q_proj.weight", hidden, hidden));
            tensors.Add(Matrix($"{prefix}self_attn.k_proj.weight", keyValueSize, hidden));
            tensors.Add(Matrix($"{prefix}self_attn.v_proj.weight", keyValueSize, hidden));
            tensors.Add(Matrix($"{prefix}self_attn.o_proj.weight", hidden, hidden));
            tensors.Add(Matrix($"{prefix}mlp.gate_proj.weight", 2 * hidden, hidden));
            tensors.Add(Matrix($"{prefix}mlp.up_proj.weight", 2 * hidden, hidden));
            tensors.Add(Matrix($"{prefix}mlp.down_proj.weight", hidden, 2 * hidden));
        }
        tensors.Add(Ones("model.norm.weight"));
        tensors.Add(Matrix("lm_head.weight", vocabulary, hidden));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors);

        TensorToWrite Matrix(string name, int rows, int columns) => new(name, TensorDataType.F32, [rows, columns], () => values(name, rows * columns));
        TensorToWrite Ones(string name) => new(name, TensorDataType.F32, [hidden], () => [.. Enumerable.Repeat(1f, hidden)]);
    }

    private static float[] Gaussian(Random random, int count, float deviation)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = deviation * MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle());
        return values;
    }
}
