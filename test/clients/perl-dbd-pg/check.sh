#!/usr/bin/env bash
perl -MDBD::Pg -e1 2>/dev/null || exit 77
exec perl test/clients/perl-dbd-pg/check.pl
