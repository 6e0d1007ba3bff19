"""The kit notices what is wrong: each broken backend fails the test that is meant for it, in words that help."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BROKEN = {
    "ForgetsTheLastOfAPage": "a_listing_of_several_pages_is_complete_and_names_each_brand_once",
    "AnswersInAnyOrder": "created_brands_come_back_in_order_as_they_are_held",
    "CutsInSilence": "a_name_is_kept_or_reported_as_it_is_held",
    "CreatesTwice": "creating_the_same_brands_again_makes_no_duplicate",
    "OverwritesWhatIsThere": "a_brand_that_somebody_changed_is_left_alone_by_updates_and_deletes",
    "TellsWhatIsGoneOnce": "brands_are_removed_once_and_told_as_gone_every_time",
    "RaisesErrorsOfOthers": "ids_that_no_brand_has_are_left_out",
    "LosesWhatItUncreates": "a_run_that_fails_in_the_cms_leaves_the_shop_as_it_was",
    "WritesHalfABatch": "a_batch_with_an_unacceptable_brand_is_rejected",
    "BlamesTheWrongBrand": "a_batch_with_an_unacceptable_brand_is_rejected",
    "TellsOfRequestsThatItNeverMakes": "a_dry_run_tells_how_many_requests_the_run_and_its_undo_then_make",
    "SlowlyVisibleStore": "a_run_creates_every_brand_and_a_second_one_writes_nothing",
    "SpellsItsIdsOtherwise": "the_ids_that_it_gives_are_spelled_as_it_spells_ids",
    "TakesWhatIsTaken": "what_a_brand_has_is_its_own_and_taken_for_others",
    "TakesWithoutALook": "what_is_taken_at_a_glance_is_refused_in_no_part",
    "ForgetsToClear": "external_ids_are_written_replaced_and_cleared",
    "TouchesTexts": "entries_stay_as_they_are_but_for_the_external_id",
    "ListsTheFirstPageAlone": "a_listing_of_several_pages_is_complete_and_stable",
    "MissesWhatChanged": "what_changed_since_a_moment_is_listed",
    "SlowlyVisibleCms": "an_edit_a_new_entry_and_a_removed_one_show_in_the_next_listing",
    "FindsNoMoreThanAPage": "more_entries_than_a_page_holds_come_by_their_ids",
    "FindsWhateverThereIs": "entries_that_are_gone_do_not_come_by_their_ids",
    "FindsNothingBesideAnOddId": "ids_of_odd_form_are_found_nowhere_and_hide_no_other",
    "ShowsAnotherForm": "entries_come_by_their_ids_as_they_are_listed",
    "FindsDrafts": "only_what_is_published_comes_by_its_id",
    "PublishesDrafts": "an_entry_with_a_draft_waits_or_is_linked_in_both",
    "LosesWhatAnEditorSaves": (
        "an_editor_who_saves_between_the_look_and_the_write_is_neither_overwritten_nor_published"
    ),
    "PublishesWhateverWasSavedLast": "an_editor_who_saves_before_any_later_request_is_not_published_either",
    "LeavesALinkHalfWritten": "an_entry_that_cannot_be_published_is_left_as_it_was",
    "ForgetsWhatIsHalfWritten": "a_run_that_dies_at_any_request_is_taken_back_or_finished",
    "BelievesACache": "an_undo_reads_what_was_written_and_not_what_a_cache_still_shows",
    "AsksNoGuard": "a_run_that_has_lost_its_lease_writes_nothing_more",
}


@cache
def report() -> str:
    """What pytest says of all these tests, run as any author of a backend runs them."""
    names = [f"{HERE / 'broken_backends.py'}::Test{name}::test_{test}" for name, test in BROKEN.items()]
    command = [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", "-rf", *names]
    path = os.pathsep.join([str(HERE), str(HERE.parent), str(HERE.parent / "live")])
    environment = os.environ | {"PYTHONPATH": path}
    ran = subprocess.run(command, env=environment, cwd=HERE, stdout=subprocess.PIPE, text=True, check=False)
    return ran.stdout


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_backend_fails_the_test_that_is_meant_for_it(name: str) -> None:
    assert re.search(rf"^FAILED .*::Test{name}::test_{BROKEN[name]}", report(), re.MULTILINE), report()


def test_a_failure_quotes_the_interface_and_shows_no_traceback_of_the_kit() -> None:
    (failure,) = re.findall(r"^_+ TestAnswersInAnyOrder\..*?(?=^_)", report(), re.MULTILINE | re.DOTALL)
    assert "they came back as ['Brand 5'" in failure
    assert "brandsync.stores.interface.BrandStore.create_brands:" in failure
    assert "Create brands; returns them in the same order" in failure
    assert "Traceback" not in failure


def test_an_error_that_is_not_brandsyncs_is_named() -> None:
    (failure,) = re.findall(r"^_+ TestRaisesErrorsOfOthers\..*?(?=^_)", report(), re.MULTILINE | re.DOTALL)
    assert "get_brands raised builtins.KeyError" in failure
    assert "Raise one of brandsync.errors instead." in failure


def test_a_store_that_blames_the_wrong_brand_is_told_which_it_was() -> None:
    assert "of two brands, those at [0] are told as refused" in report()


def test_only_its_tests_need_pytest() -> None:
    program = "import sys, brandsync.cli; assert not {'pytest', 'brandsync.testing'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", program], check=True)
