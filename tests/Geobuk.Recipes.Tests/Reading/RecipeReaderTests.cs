using Geobuk.Models;
using Geobuk.Recipes.Reading;

namespace Geobuk.Recipes.Tests.Reading;

public sealed class RecipeReaderTests
{
    private const string Small = """
        name: 부대운영
        base:
          model: 모델
        corpus:
          domain: [규정]
        """;

    [Fact]
    public void Parse_SmallRecipe_FillsDefaults()
    {
        var recipe = Read(Small);

        Assert.Equal("부대운영", recipe.Name);
        Assert.Equal("모델", recipe.Base.Model);
        Assert.Equal(["규정"], recipe.Corpus.Domain);
        Assert.Equal(17, recipe.Seed);
        Assert.Null(recipe.Train);
    }

    [Fact]
    public void Parse_EveryKindOfValue_IsRead()
    {
        var recipe = Read(Small + """

            seed: 5
            train:
              method: lora
              lora: {rank: 4, alpha: 8, dropout: 0.05, targets: [q_proj, v_proj]}
              precision: fp32
              deterministic: true
              steps: 30
              learning_rate: 1e-4
              warmup_steps: 3
            """);

        Assert.Equal(5, recipe.Seed);
        Assert.Equal(TrainMethod.Lora, recipe.Train!.Method);
        Assert.Equal(TrainPrecision.Fp32, recipe.Train.Precision);
        Assert.True(recipe.Train.Deterministic);
        Assert.Equal(30, recipe.Train.Steps);
        Assert.Equal(1e-4, recipe.Train.LearningRate);
        Assert.Equal(["q_proj", "v_proj"], recipe.Train.Lora.Targets);
    }

    [Fact]
    public void Parse_ThreeMistakes_ReportsAllInFileOrder()
    {
        var problems = Problems("""
            name: law
            base: {model: m}
            corpus:
              domain: [d]
            train:
              epocs: 3
              lora:
                rank: 0
              learning_rate: fast
            """);

        Assert.Collection(problems,
            problem => Assert.StartsWith("recipe.yaml:6: train.epocs is not a key; expected a key of train: objective, data", problem),
            problem => Assert.Equal("recipe.yaml:8: train.lora.rank is 0; expected 1 to 1024. 8 to 64 is usual.", problem),
            problem => Assert.Equal("recipe.yaml:9: train.learning_rate is fast; expected a number, above 0 to 1. 0.00001 to 0.001 is usual.", problem));
        Assert.EndsWith("Did you mean epochs?", problems[0]);
    }

    [Theory]
    [InlineData("seed: many", "seed is many; expected a whole number, 0 to 2147483647.")]
    [InlineData("seed: 1.5", "seed is 1.5; expected a whole number, 0 to 2147483647.")]
    [InlineData("seed: \"5\"", "seed is \"5\"; expected a whole number, 0 to 2147483647.")]
    [InlineData("seed: -1", "seed is -1; expected 0 to 2147483647.")]
    [InlineData("seed: 99999999999999999999", "seed is 99999999999999999999; expected 0 to 2147483647.")]
    [InlineData("seed:", "seed is empty; expected a whole number, 0 to 2147483647.")]
    [InlineData("seed: [1]", "seed is a list; expected a whole number, 0 to 2147483647.")]
    [InlineData("seed: null", "seed is null; expected a whole number, 0 to 2147483647.")]
    [InlineData("train: 5", "train is 5; expected a group of keys.")]
    [InlineData("train:", "train is empty; expected a group of keys.")]
    [InlineData("train: {deterministic: yes}", "train.deterministic is yes; expected true or false.")]
    [InlineData("train: {method: Lora}", "train.method is Lora; expected one of full, lora. Did you mean lora?")]
    [InlineData("train: {beta1: 1}", "train.beta1 is 1; expected 0 to below 1. 0.9 is usual.")]
    [InlineData("train: {beta1: .nan}", "train.beta1 is .nan; expected a number, 0 to below 1. 0.9 is usual.")]
    [InlineData("train: {fused_update: true, gradient_accumulation: 4}", "train.fused_update is true with gradient_accumulation 4, clip_norm 1 and spike_deviations 10; expected 1, null and null, since a layer's weights move before the gradients of all layers are known. Set them, or leave fused_update out.")]
    [InlineData("train: {clip_norm: 0}", "train.clip_norm is 0; expected above 0. 1 is usual.")]
    [InlineData("train: {lora: {targets: [q_prj]}}", "train.lora.targets has the item q_prj; expected one of q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, q_a_proj, q_b_proj, kv_a_proj_with_mqa, kv_b_proj, W_down, W_up, lm_head, embed_tokens. Did you mean q_proj?")]
    [InlineData("train: {lora: {targets: [q_proj, q_proj]}}", "train.lora.targets has the item q_proj twice; expected it once. Remove one.")]
    [InlineData("train: {steps: 10, warmup_steps: 10}", "train.warmup_steps is 10; expected less than train.steps (10). A tenth of the steps is usual.")]
    [InlineData("train: {workers: 4, gradient_accumulation: 2}", "train.workers is 4; expected at most train.gradient_accumulation (2), since workers share the micro-batches of a step. Raise gradient_accumulation and lower micro_batch by the same factor.")]
    [InlineData("compress: {preset: q5_k}", "compress.preset is q5_k; expected one of f32, f16, bf16, q8_0, q6_k, q5_k_m, q5_k_s, q5_0, q4_k_m, q4_k_s, q4_k, q4_0, iq4_nl, iq4_xs, q3_k_l, q3_k_m, q3_k_s, q2_k. Did you mean q2_k?")]
    [InlineData("evaluate: {exam: 2024}", "evaluate.exam is 2024; expected a path, or null. Put it in quotes if it is meant as text.")]
    [InlineData("geobuk: 2", "geobuk is 2; expected 1. This version of Geobuk reads format 1.")]
    [InlineData("learning_rate: 1", "learning_rate is not a key; expected a key of the recipe: geobuk, name, seed, base, corpus, train, compress, evaluate. learning_rate belongs at train.learning_rate.")]
    [InlineData("보고서: 1", "보고서 is not a key; expected a key of the recipe: geobuk, name, seed, base, corpus, train, compress, evaluate. Remove it.")]
    [InlineData("name: again", "name is given twice, first at recipe.yaml:1; expected once. Remove one.")]
    public void Parse_OneMistake_SaysLineValueAndExpectation(string line, string expected)
    {
        var problem = Assert.Single(Problems(Small + "\n" + line));

        Assert.Equal($"recipe.yaml:6: {expected}", problem);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("artifacts")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("\"\"")]
    public void Parse_NameThatIsNoFolderName_IsRefused(string name)
    {
        var problem = Assert.Single(Problems(Small.Replace("부대운영", name, StringComparison.Ordinal)));

        Assert.StartsWith($"recipe.yaml:1: name is {name}; expected 1 to 64 letters", problem);
    }

    [Fact]
    public void Parse_NothingGiven_NamesEveryMissingKey()
    {
        var problems = Problems("seed: 1");

        Assert.Equal(["name", "base", "corpus"], problems.Select(problem => problem.Split(' ')[1]));
        Assert.All(problems, problem => Assert.Contains(" is missing; expected ", problem));
    }

    [Theory]
    [InlineData("", "recipe.yaml:1: the recipe is empty; expected a group of keys.")]
    [InlineData("- a", "recipe.yaml:1: the recipe is a list; expected a group of keys.")]
    public void Parse_NotAMapping_IsRefused(string yaml, string expected) => Assert.Equal([expected], Problems(yaml));

    [Theory]
    [InlineData("name: [a")]
    [InlineData("name: a\n\tseed: 1")]
    [InlineData("name: &x a")]
    [InlineData("name: !!str a")]
    [InlineData("base: *x")]
    public void Parse_BrokenYaml_SaysWhere(string yaml)
    {
        var problem = Assert.Single(Problems(yaml));

        Assert.Matches(@"^recipe\.yaml:\d+: YAML that cannot be read \(.+\); expected lines like `key: value`\.", problem);
    }

    [Fact]
    public void Parse_DeepNesting_IsRefusedWithoutOverflow()
    {
        var problem = Assert.Single(Problems("base: " + new string('[', 100_000)));

        Assert.Contains("more than 16 levels", problem);
    }

    [Fact]
    public void Parse_SecondDocument_IsRefused() => Assert.Contains("a second document starts", Assert.Single(Problems(Small + "\n---\nname: b")));

    [Theory]
    [InlineData("{model: m, architecture: {}, tokenizer: {}}", "base.model and base.architecture are both given")]
    [InlineData("{}", "base has neither model nor architecture")]
    [InlineData("{architecture: {}}", "base.tokenizer is missing")]
    [InlineData("{model: m, tokenizer: {}}", "base.tokenizer is given beside base.model")]
    [InlineData("{architecture: {hidden_size: 100, heads: 3}, tokenizer: {}}", "base.architecture.heads is 3; expected a number that divides hidden_size (100)")]
    [InlineData("{architecture: {heads: 4, key_value_heads: 3}, tokenizer: {}}", "base.architecture.key_value_heads is 3; expected a divisor of heads (4)")]
    public void Parse_BaseThatContradictsItself_IsRefused(string value, string expected)
    {
        var problems = Problems(Small.Replace("\n  model: 모델", " " + value, StringComparison.Ordinal));

        Assert.Contains(problems, problem => problem.StartsWith("recipe.yaml:2: " + expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Parse_Licenses_AreReadBySource()
    {
        var recipe = Read(Small + "\n  licenses: {규정: permission (공문 정책-1234), domain: kogl_1_ai}\n");
        Assert.Equal(("permission (공문 정책-1234)", "kogl_1_ai"), (recipe.Corpus.Licenses["규정"], recipe.Corpus.Licenses["domain"]));
        Assert.Equal("kogl_1", Read(Small + "\n  licenses: {예산안내: kogl_1}\n").Corpus.Licenses["예산안내"]);
    }

    [Theory]
    [InlineData("{규정: mine}", "corpus.licenses: 규정 has mine; expected copyright_act_7, copyright_act_24_2, kogl_0")]
    [InlineData("{규정: permission}", "corpus.licenses: 규정 has permission; expected")]
    [InlineData("{domains: kogl_1}", "corpus.licenses names domains; expected one of 규정, domain, general. Did you mean domain?")]
    [InlineData("kogl_1", "corpus.licenses is kogl_1; expected a group of names, each with copyright_act_7")]
    public void Parse_WrongLicenses_AreRefused(string value, string expected) =>
        Assert.Contains(expected, Assert.Single(Problems($"{Small}\n  licenses: {value}\n")));

    [Fact]
    public void Parse_ReplayWithoutGeneralText_IsRefused() =>
        Assert.StartsWith("recipe.yaml:6: corpus.replay_share is 0.2; expected 0, since corpus.general is empty.", Assert.Single(Problems(Small + "\n  replay_share: 0.2")));

    [Fact]
    public void Parse_Overrides_WinOverTheFileInOrder()
    {
        var recipe = Read(Small, "train.steps=10", "train.steps=20", "train.warmup_steps=2", "corpus.domain=[법령, \"전자 문서\"]", "name=다른", "seed = 3");

        Assert.Equal(20, recipe.Train!.Steps);
        Assert.Equal(["법령", "전자 문서"], recipe.Corpus.Domain);
        Assert.Equal("다른", recipe.Name);
        Assert.Equal(3, recipe.Seed);
    }

    [Fact]
    public void Parse_NullOverride_RemovesTheSection() => Assert.Null(Read(Small + "\ntrain: {steps: 5, warmup_steps: 0}", "train=null").Train);

    [Theory]
    [InlineData("train.lora.rank=0", "--set train.lora.rank=0: train.lora.rank is 0; expected 1 to 1024. 8 to 64 is usual.")]
    [InlineData("train.rank=8", "--set train.rank=8: train.rank is not a key; expected a key of train: objective")]
    [InlineData("name.x=1", "--set name.x=1: name is 부대운영; expected a group of keys. Set the whole value instead.")]
    [InlineData("train", "--set train: no key and value; expected key=value.")]
    [InlineData("=5", "--set =5: no key and value; expected key=value.")]
    [InlineData("corpus.domain=[a", "--set corpus.domain=[a: YAML that cannot be read")]
    public void Parse_WrongOverride_NamesTheOption(string text, string expected) => Assert.StartsWith(expected, Assert.Single(Problems(Small, text)));

    private static Recipe Read(string yaml, params string[] overrides) => RecipeReader.Parse(yaml, "recipe.yaml", overrides, checkPaths: false);

    private static IReadOnlyList<string> Problems(string yaml, params string[] overrides) =>
        Assert.Throws<UserInputException>(() => Read(yaml, overrides)).Problems;
}
